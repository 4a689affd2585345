import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import audit
from audit import EvidenceError, record_json
from audit.errors import ConfigError
from audit.evidence import folder_name, read, read_baseline
from audit.files import link_atomically, write_atomically

CONFIG = """
[model]
name = "{name}"
version = "1"
[data]
test = "hired.csv"
label = "deserved"
prediction = "hired"
groups = ["sex"]
{more}
[run]
keep_predictions = {keep}
[[gate]]
check = "performance.classification"
metric = "accuracy"
at_least = 0.5
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    rows = [f"{i},{i % 2},{i % 2 if i % 5 else 1 - i % 2},{'mf'[i % 3 == 0]}" for i in range(300)]
    (tmp_path / "hired.csv").write_text("\n".join(["id,deserved,hired,sex", *rows]))
    return tmp_path


def written(project: Path, name: str = "hiring", keep: str = "true", more: str = "") -> Path:
    config = project / "audit.toml"
    config.write_text(CONFIG.format(name=name, keep=keep, more=more))
    audit.run(config, out=project / "out", languages=["en"])
    [folder] = (project / "out").iterdir()
    return folder / "1" / "latest"


def test_the_record_of_a_bundle_is_the_record_of_the_run(project: Path) -> None:
    bundle = written(project)
    record = read(bundle)
    assert record_json.dump(record) == (bundle / "results.json").read_bytes()


def test_the_manifest_names_every_file_with_its_digest(project: Path) -> None:
    bundle = written(project)
    manifest = json.loads((bundle / "manifest.json").read_text())
    names = [entry["path"] for entry in manifest["files"]]
    assert names == sorted(path.name for path in bundle.iterdir() if path.name != "manifest.json")


def test_two_runs_differ_in_what_is_volatile_alone(project: Path) -> None:
    one, two = (json.loads((written(project) / "results.json").read_text()) for _ in range(2))
    for document in (one, two):
        del document["provenance"]["run_id"], document["provenance"]["seconds"]
        for check in document["checks"]:
            del check["seconds"]
    assert one == two
    assert one["volatile"] == ["checks[].seconds", "provenance.run_id", "provenance.seconds"]


def test_the_record_fits_the_published_schema(project: Path) -> None:
    import jsonschema

    document = json.loads((written(project) / "results.json").read_text())
    validator = jsonschema.Draft202012Validator(record_json.schema())
    assert [each.message for each in validator.iter_errors(document)] == []


def test_the_published_schema_is_the_one_of_the_code() -> None:
    published = Path(audit.__file__).parent / "audit-record-1.schema.json"
    assert json.loads(published.read_text()) == record_json.schema()


@pytest.mark.parametrize("name", ["results.json", "predictions.parquet"])
def test_a_file_that_was_changed_is_not_relied_on(project: Path, name: str) -> None:
    bundle = written(project, more='id = "id"')
    with (bundle / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(EvidenceError, match=rf"{name}: is not the file that manifest.json"):
        read_baseline(bundle)


def test_a_missing_manifest_is_said(project: Path) -> None:
    bundle = written(project)
    (bundle / "manifest.json").unlink()
    with pytest.raises(EvidenceError, match="is missing or no manifest"):
        read(bundle)


def test_a_folder_without_a_record_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no bundle there"):
        read(tmp_path)


def test_predictions_that_were_not_kept_leave_nothing_to_pair(project: Path) -> None:
    bundle = written(project, keep="false")
    assert not (bundle / "predictions.parquet").exists()
    _, baseline = read_baseline(bundle)
    assert (baseline.units, baseline.why_not) == (None, "the predecessor kept no predictions")


@pytest.mark.parametrize("name", ["../../etc", "a/b", ".", "..", "x" * 300, "模型", "a b", "a:b"])
def test_a_bundle_stays_in_its_folder_whatever_the_model_is_called(
    project: Path, name: str
) -> None:
    bundle = written(project, name=name).resolve()
    assert bundle.is_relative_to(project / "out")
    assert len(bundle.relative_to(project / "out").parts) == 3


def test_names_that_are_made_safe_stay_apart() -> None:
    assert folder_name("a/b") != folder_name("a_b")


def test_runs_of_one_second_get_folders_of_their_own(project: Path) -> None:
    folders = {written(project).resolve() for _ in range(4)}
    assert len(folders) == 4


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_link_is_replaced_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        link_atomically(tmp_path / "latest", name)
        assert (tmp_path / "latest").resolve().name == name


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_no_bundle_that_looks_whole(project: Path) -> None:
    config = project / "audit.toml"
    config.write_text(CONFIG.format(name="hiring", keep="true", more=""))
    out = project / "out"
    whole_run = [sys.executable, "-m", "audit", "run", str(config), "--out"]
    began = time.monotonic()
    subprocess.run([*whole_run, str(project / "first")], capture_output=True, check=False)
    seconds = time.monotonic() - began
    for i in range(20):  # the last ones come too late to hit anything
        command = [*whole_run, str(out)]
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds * (0.2 + 0.06 * i))
        os.kill(started.pid, signal.SIGKILL)
        started.wait()
    folders = [each for each in out.glob("hiring/1/*") if each.name != "latest"]
    whole = [each for each in folders if not each.name.startswith(".incomplete-")]
    assert folders
    for folder in whole:
        read(folder)
    if whole:
        read(out / "hiring" / "1" / "latest")
