"""The evidence bundle: written whole or not at all, and read back."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from audit import kept, record_json
from audit.errors import ConfigError, EvidenceError
from audit.files import link_atomically, sha256, sha256_of, write_atomically
from audit.record import Predecessor, Record
from audit.subjects import Baseline
from audit.units import Units

RESULTS: Final = "results.json"
PREDICTIONS: Final = "predictions.parquet"
MANIFEST: Final = "manifest.json"
LATEST: Final = "latest"
_INCOMPLETE: Final = ".incomplete-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """What goes into a bundle beside the record and the pages."""

    record: Record
    config: bytes = b""
    """The bytes of audit.toml."""
    units: Units | None = None
    """Whose predictions are kept for the next version; None keeps none."""
    pages: Mapping[str, str] | None = None
    """By file name the text of each report."""


def write(bundle: Bundle, out: Path) -> Path:
    """Write a bundle to `out`/<model>/<version>/<run id> and point `latest` to it.

    Everything is written to a folder that is marked incomplete and then renamed, so that a run
    that is killed leaves the old bundle, the new one, or one that says it is incomplete.

    Returns
    -------
    Path
        The folder of the bundle.

    Raises
    ------
    ConfigError
        With one sentence, if the folder cannot be written.

    """
    record = bundle.record
    versions = out / folder_name(record.model.name) / folder_name(record.model.version)
    run_id = record.provenance.run_id
    made = versions / f"{_INCOMPLETE}{run_id}-{os.getpid()}"
    try:
        made.mkdir(parents=True)
        _fill(bundle, made)
        final = _free(versions / run_id)
        made.replace(final)
        link_atomically(versions / LATEST, final.name)
    except OSError as problem:
        shutil.rmtree(made, ignore_errors=True)
        msg = f"{out}: the bundle cannot be written there ({problem.strerror}); use --out"
        raise ConfigError(msg) from problem
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return final


def unfinished(out: Path, model: str, version: str) -> Path:
    """Return the folder in which a run of a version keeps what it must not compute twice."""
    return out / folder_name(model) / folder_name(version) / ".unfinished"


def refuse_unwritable(out: Path) -> None:
    """Refuse a folder that cannot be written, before anything is measured."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        msg = f"{out}: the folder cannot be made ({problem.strerror}); use --out"
        raise ConfigError(msg) from problem
    if not os.access(out, os.W_OK | os.X_OK):
        msg = f"{out}: the folder cannot be written; use --out or change its permissions"
        raise ConfigError(msg)


def write_pages(bundle: Path, pages: Mapping[str, str], out: Path | None) -> Path:
    """Write pages into a folder, or into their bundle, whose manifest then names them."""
    folder = out or bundle
    try:
        for name, text in pages.items():
            write_atomically(folder / name, text.encode())
        if out is None:
            write_atomically(folder / MANIFEST, _manifest(folder))
    except OSError as problem:
        msg = f"{folder}: the pages cannot be written there ({problem.strerror}); use --out"
        raise ConfigError(msg) from problem
    return folder


def _fill(bundle: Bundle, folder: Path) -> None:
    write_atomically(folder / RESULTS, record_json.dump(bundle.record))
    write_atomically(folder / "environment.json", _environment(bundle.record))
    if bundle.config:
        write_atomically(folder / "audit.toml", bundle.config)
    for name, text in (bundle.pages or {}).items():
        write_atomically(folder / name, text.encode())
    if bundle.units is not None:
        kept.write(bundle.units, folder / PREDICTIONS)
    write_atomically(folder / MANIFEST, _manifest(folder))


def _free(path: Path) -> Path:
    """Return the path, or one beside it if two runs started in the same second."""
    found, n = path, 1
    while found.exists():
        n += 1
        found = path.with_name(f"{path.name}-{n}")
    return found


def folder_name(name: str) -> str:
    """Return a name that stays inside its folder, whatever the model is called.

    Examples
    --------
    >>> folder_name("loan-approval"), folder_name("../etc")[:6]
    ('loan-approval', '_._etc')

    """
    safe = re.sub(r"[^\w.-]", "_", name)[:80]
    safe = re.sub(r"^\.", "_", safe)
    if safe == name:
        return safe
    return f"{safe}-{sha256_of(name.encode())[:8]}"


def run_id(now: datetime) -> str:
    """Name a run by the second in which it started, in UTC."""
    return now.strftime("%Y-%m-%dT%H%M%SZ")


def _manifest(folder: Path) -> bytes:
    files = sorted(path for path in folder.iterdir() if path.name != MANIFEST)
    entries = [
        {"path": path.name, "bytes": path.stat().st_size, "sha256": sha256([path])}
        for path in files
    ]
    return _json({"files": entries})


def _json(content: object) -> bytes:
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def _environment(record: Record) -> bytes:
    packages = {
        each.metadata["Name"]: {
            "version": each.version,
            "record_sha256": sha256_of((each.read_text("RECORD") or "").encode()),
        }
        for each in distributions()
    }
    return _json(
        {
            "python": sys.version.split()[0],
            "platform": platform.platform(),
            "cpu_count": os.cpu_count(),
            "threads": {
                name: os.environ[name]
                for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
                if name in os.environ
            },
            "seed": record.provenance.seed,
            "packages": dict(sorted(packages.items())),
        }
    )


def git_commit(folder: Path) -> str:
    """Return the commit of the config's repository, "" if there is none or no git."""
    git = shutil.which("git")
    if not git:
        return ""

    def ask(*what: str) -> str:
        command = [git, "-C", str(folder), *what]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = ask("rev-parse", "HEAD")
    changed = commit and ask("status", "--porcelain", "--untracked-files=no")
    return f"{commit} with uncommitted changes" if changed else commit


def read(folder: Path) -> Record:
    """Read the record of a bundle and hold it against the manifest.

    Raises
    ------
    ConfigError
        If there is no such bundle.
    EvidenceError
        If its record is not what the manifest says.

    """
    if not (folder / RESULTS).is_file():
        msg = f"{folder}: there is no bundle there; it must hold {RESULTS}"
        raise ConfigError(msg)
    _hold(folder, RESULTS)
    return record_json.load((folder / RESULTS).read_bytes())


def read_baseline(folder: Path) -> tuple[Predecessor, Baseline]:
    """Read the predecessor: its record, and its predictions if they were kept."""
    record = read(folder)
    model = record.model
    predecessor = Predecessor(
        model=model,
        run_id=record.provenance.run_id,
        digest=record_json.digest(record),
        decision=record.decision,
        findings=tuple(replace(each, details={}) for c in record.checks for each in c.findings),
        gates=tuple(judged.gate for judged in record.gates),
    )
    name = f"{model.name} {model.version}"
    if not (folder / PREDICTIONS).is_file():
        return predecessor, Baseline(name=name, why_not="the predecessor kept no predictions")
    _hold(folder, PREDICTIONS)
    digest = record.data.test.digest if record.data.test else ""
    return predecessor, Baseline(
        name=name, units=kept.read(folder / PREDICTIONS, source=name, digest=digest)
    )


def _hold(folder: Path, name: str) -> None:
    found = _manifest_digests(folder)
    if found.get(name) != sha256([folder / name]):
        msg = f"{folder / name}: is not the file that {MANIFEST} describes; do not rely on it"
        raise EvidenceError(msg)


def _manifest_digests(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {each["path"]: each["sha256"] for each in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        msg = f"{folder / MANIFEST}: is missing or no manifest; do not rely on this bundle"
        raise EvidenceError(msg) from problem
