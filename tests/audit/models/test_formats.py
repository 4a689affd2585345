import bz2
import gzip
import io
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest
import skops.io
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save
from sklearn.linear_model import LogisticRegression

from audit.models.formats import Format, format_of, refusal

ESTIMATOR = LogisticRegression().fit(np.eye(2), [0, 1])


def pickled(protocol: int) -> bytes:
    return pickle.dumps(ESTIMATOR, protocol=protocol)


def torched(*, legacy: bool) -> bytes:
    sink = io.BytesIO()
    torch.save({"w": torch.zeros(2)}, sink, _use_new_zipfile_serialization=not legacy)
    return sink.getvalue()


def joblibbed(compress: object = 0) -> Callable[[Path], None]:
    return lambda path: joblib.dump(ESTIMATOR, path, compress=compress)


def zipped(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return sink.getvalue()


SKOPS = skops.io.dumps(ESTIMATOR)
CASES = {
    **{f"pickle {n}": (pickled(n), Format.PICKLE) for n in range(6)},
    "a long pickle of protocol 0": (pickle.dumps([*range(90_000)], 0), Format.PICKLE),
    "torch": (torched(legacy=False), Format.TORCH),
    "torch before 1.6": (torched(legacy=True), Format.TORCH),
    "skops": (SKOPS, Format.SKOPS),
    "skops, cut off": (SKOPS[: len(SKOPS) // 2], Format.DAMAGED_ZIP),
    "a torch file that poses as skops": (zipped("schema.json", "a/data.pkl"), Format.TORCH),
    "keras": (zipped("metadata.json", "config.json", "model.weights.h5"), Format.KERAS),
    "numpy": (zipped("a.npy"), Format.ZIP),
    "safetensors": (save({"w": torch.zeros(2)}), Format.SAFETENSORS),
    "safetensors, cut off": (save({"w": torch.zeros(2)})[:20], Format.SAFETENSORS),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(100), Format.HDF5),
    "onnx": (b"\x08\x09\x12\x07skl2onnx\x1a\x051.2.3", Format.ONNX),
    "xgboost": (b'{"learner":{"attributes":{}}}', Format.XGBOOST),
    "xgboost in UBJSON": (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{", Format.XGBOOST),
    "xgboost before 2": (b"binf" + bytes(50), Format.XGBOOST),
    "lightgbm": (b"tree\nversion=v4\n", Format.LIGHTGBM),
    "catboost": (b"CBM1" + bytes(50), Format.CATBOOST),
    "nothing": (b"", Format.EMPTY),
    "text": (b"Income, home\n1, own\n", Format.UNKNOWN),
    "a program": (b"import numpy\n\n\ndef predict(rows): ...\n", Format.UNKNOWN),
    "json": (b'{"a": 1}', Format.UNKNOWN),
    "numbers": (b"1\n2\n3\n", Format.UNKNOWN),
    "compressed text": (gzip.compress(b"Income"), Format.UNKNOWN),
    "damaged gzip": (b"\x1f\x8b" + bytes(20), Format.UNKNOWN),
    "gzip": (gzip.compress(pickled(4)), Format.JOBLIB),
    "zlib": (zlib.compress(pickled(2)), Format.JOBLIB),
    "bz2": (bz2.compress(pickled(4)), Format.JOBLIB),
    "xz": (lzma.compress(pickled(4)), Format.JOBLIB),
    "lzma": (lzma.compress(pickled(4), format=lzma.FORMAT_ALONE), Format.JOBLIB),
}


@pytest.mark.parametrize(("content", "expected"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("name", ["model.skops", "model.pkl", "model"])
def test_a_format_is_told_by_the_content_and_never_by_the_name(
    content: bytes, expected: Format, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    assert format_of(tmp_path / name) is expected


@pytest.mark.parametrize("compress", [0, 3, *((n, 3) for n in ("gzip", "bz2", "xz", "lzma"))])
def test_what_joblib_writes_is_told(compress: object, tmp_path: Path) -> None:
    joblibbed(compress)(tmp_path / "model.skops")
    assert format_of(tmp_path / "model.skops") is Format.JOBLIB


class Marker:
    """It leaves a mark when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("protocol", range(6))
def test_telling_a_format_runs_nothing_from_the_file(protocol: int, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "model").write_bytes(pickle.dumps(Marker(mark), protocol))
    assert format_of(tmp_path / "model") is Format.PICKLE
    assert not mark.exists()


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        path.write_bytes(content)
        assert isinstance(format_of(path), Format)


@pytest.mark.parametrize("found", [each for each in Format if each is not Format.SKOPS])
def test_every_refusal_is_one_sentence_that_says_what_to_do(found: Format) -> None:
    said = refusal(Path("model.bin"), found)
    assert said.startswith(f"model.bin: is {found.value}, ")
    assert any(word in said for word in ("module:function", "once more", "skops.io.dump"))
    assert "\n" not in said


@pytest.mark.parametrize("found", [Format.PICKLE, Format.JOBLIB, Format.TORCH])
def test_what_runs_code_is_refused_for_that(found: Format) -> None:
    assert "loading one runs whatever code it holds" in refusal(Path("m"), found)
