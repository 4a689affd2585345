"""The example projects, found in a wheel and in a checkout alike, and copied for the user."""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Final

from audit.errors import ConfigError, nearest

NAMES: Final = ("loans", "employment", "reviews")
QUICK: Final = ("reviews",)
"""Examples that have a quick form beside the whole one: fewer rows, cheaper trainings."""


def project_folder(name: str) -> Path:
    """Return where an example project lies."""
    if name not in NAMES:
        msg = f"there is no example {name!r}{nearest(name, NAMES)}"
        raise ConfigError(msg)
    installed = Path(str(files("audit"))) / "examples" / name
    if installed.is_dir():
        return installed
    return Path(str(files("audit"))).parent / "fixtures" / name


def changed_files(name: str, target: Path) -> list[str]:
    """Name the files of a target that an example would overwrite with other content."""
    return [
        each.name
        for each in sorted(project_folder(name).iterdir())
        if each.is_file()
        and (target / each.name).is_file()
        and (target / each.name).read_bytes() != each.read_bytes()
    ]


def copy_project(name: str, target: Path) -> Path:
    """Copy an example's files over those of the same name; others are left alone."""
    source = project_folder(name)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for each in sorted(source.iterdir()):
            if each.is_file():
                shutil.copyfile(each, target / each.name)
    except OSError as problem:
        msg = f"{target}: the example cannot be written there ({problem.strerror})"
        raise ConfigError(msg) from problem
    return target


def project_configs(project: Path, *, quick: bool = False) -> list[Path]:
    """Return the audit files of a project, the earliest version first."""
    return sorted(project.glob("quick*.toml" if quick else "audit*.toml"))
