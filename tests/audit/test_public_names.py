import pkgutil
import subprocess
import sys

import pytest

import audit


@pytest.mark.parametrize("name", audit.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(audit, name) is not None


def test_no_public_name_is_a_submodule() -> None:
    modules = {module.name for module in pkgutil.iter_modules(audit.__path__)}
    assert modules.isdisjoint(audit.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(audit, "nothing")  # noqa: B009 - mypy would refuse audit.nothing, as it should


@pytest.mark.parametrize("line", ["import audit", "import audit.cli; audit.cli.main(['--help'])"])
def test_nothing_heavy_is_loaded(line: str) -> None:
    heavy = {
        "duckdb",
        "evidently",
        "jinja2",
        "narwhals",
        "numpy",
        "pandas",
        "pyarrow",
        "scipy",
        "sklearn",
        "torch",
        "transformers",
    }
    report = "import atexit, sys; atexit.register(lambda: print(*sys.modules))"
    command = [sys.executable, "-c", f"{report}; {line}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert heavy.isdisjoint(done.stdout.split())
