"""What kind of file is it? By its first bytes and its contents, never by its name.

Only a format that can be read without running code from the file is loaded. Nothing here runs any.
"""

import bz2
import lzma
import pickletools
import zipfile
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

_HEAD: Final = 1 << 16
_LEGACY_TORCH: Final = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"
"""The number that torch wrote as a pickle of its own in front of everything, before 1.6."""
_NEWEST_PROTOCOL: Final = 5
_FEW_OPCODES: Final = 3
"""Text that happens to start like a pickle seldom goes on like one for as long as that."""


class Format(StrEnum):
    """What a file is; the value is how a sentence names it."""

    SKOPS = "a skops file"
    SAFETENSORS = "a safetensors file"
    TORCH = "a torch file (.pt or .pth)"
    JOBLIB = "a joblib file"
    PICKLE = "a pickle file"
    ONNX = "an ONNX model"
    HDF5 = "an HDF5 file"
    KERAS = "a Keras model"
    XGBOOST = "an XGBoost model"
    LIGHTGBM = "a LightGBM model"
    CATBOOST = "a CatBoost model"
    ZIP = "a zip archive that is no model"
    DAMAGED_ZIP = "a zip archive that is damaged"
    EMPTY = "an empty file"
    UNKNOWN = "a file of a kind that is not known here"


def format_of(path: Path) -> Format:
    """Tell what a file is.

    Parameters
    ----------
    path : Path
        An existing file.

    Raises
    ------
    OSError
        If it cannot be read.

    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return Format.EMPTY
    if head.startswith(b"PK\x03\x04"):
        return _archive(path)
    for begins, found in _MAGIC.items():
        if head.startswith(begins):
            return found
    for begins, unpack in _PACKED.items():
        if head.startswith(begins):
            return _packed(head, unpack)
    if _is_safetensors(head, path.stat().st_size):
        return Format.SAFETENSORS
    return _pickled(head) or _by_shape(head)


def refusal(path: Path, found: Format) -> str:
    """Say in one sentence what a file is, why it is refused, and what to do instead."""
    return f"{path}: is {found.value}, {_WHY[found]}"


def _archive(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return Format.DAMAGED_ZIP
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        return Format.TORCH
    if "schema.json" in names:
        return Format.SKOPS
    if {"metadata.json", "config.json"} <= names:
        return Format.KERAS
    return Format.ZIP


def _packed(head: bytes, unpack: Callable[[bytes], bytes]) -> Format:
    """Look at the first bytes of what is compressed; joblib alone compresses pickles."""
    try:
        return Format.JOBLIB if _pickled(unpack(head)) else Format.UNKNOWN
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        return Format.UNKNOWN


def _pickled(head: bytes) -> Format | None:
    """Read the opcodes of a pickle without running them."""
    if not _is_pickle(head):
        return None
    if head[2:].startswith(_LEGACY_TORCH):
        return Format.TORCH
    return Format.JOBLIB if b"joblib.numpy_pickle" in head or b"joblib\n" in head else Format.PICKLE


def _is_pickle(head: bytes) -> bool:
    if head[:1] == b"\x80":
        return len(head) > 1 and head[1] <= _NEWEST_PROTOCOL
    opcodes = 0
    try:
        for opcode, _, _ in pickletools.genops(head):
            opcodes += 1
            if opcode.name == "STOP":
                return opcodes > 1
    except Exception:  # noqa: BLE001 - whatever bytes do to the parser, they are no whole pickle
        return len(head) == _HEAD and opcodes > _FEW_OPCODES
    return False


def _is_safetensors(head: bytes, size: int) -> bool:
    """Read the length of the header, eight bytes, and the start of the JSON behind it."""
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and length >= 2 and (length <= size or size < _HEAD)  # noqa: PLR2004


def _by_shape(head: bytes) -> Format:
    """Tell formats without a magic number of their own."""
    if head[:1] == b"{" and b'"learner"' in head[:4096].replace(b"L\x00", b""):
        return Format.XGBOOST
    if head[:1] == b"{" and b"learner" in head[:64]:  # UBJSON
        return Format.XGBOOST
    # protobuf: field 1, the version of ONNX's own format, then a field with a length
    if len(head) > 3 and head[0] == 8 and head[1] < 32 and head[2] in b"\x12\x1a\x22\x3a\x42":  # noqa: PLR2004
        return Format.ONNX
    return Format.UNKNOWN


def _gunzip(head: bytes) -> bytes:
    return zlib.decompressobj(wbits=47).decompress(head, _HEAD)


def _unbz2(head: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(head, _HEAD)


def _unlzma(head: bytes) -> bytes:
    return lzma.LZMADecompressor().decompress(head, _HEAD)


_MAGIC: Final[Mapping[bytes, Format]] = {
    b"\x89HDF\r\n\x1a\n": Format.HDF5,
    b"binf": Format.XGBOOST,
    b"CBM1": Format.CATBOOST,
    b"tree\nversion=": Format.LIGHTGBM,
    b"ZF": Format.JOBLIB,  # its own compression, before 0.10
}
_PACKED: Final[Mapping[bytes, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": _gunzip,
    b"x\x01": _gunzip,
    b"x^": _gunzip,
    b"x\x9c": _gunzip,
    b"x\xda": _gunzip,
    b"BZh": _unbz2,
    b"\xfd7zXZ\x00": _unlzma,
    b"]\x00\x00": _unlzma,
}
_INSTEAD: Final = "or name a Python function that answers for it, as module:function"
_RUNS_CODE: Final = (
    "and loading one runs whatever code it holds; write a scikit-learn estimator with "
    f"skops.io.dump, train a network with `audit train`, {_INSTEAD}"
)
_NOT_READ: Final = (
    "which is not read here; load it in a Python function and name that, as module:function"
)
_WHY: Final[Mapping[Format, str]] = {
    Format.SKOPS: "which is loaded",
    Format.SAFETENSORS: (
        "which holds weights without the model around them; name the folder that `audit train` "
        f"wrote, {_INSTEAD}"
    ),
    Format.TORCH: (
        "and loading one runs whatever code it holds; write the weights with "
        f"safetensors.torch.save_file, train a network with `audit train`, {_INSTEAD}"
    ),
    Format.JOBLIB: _RUNS_CODE,
    Format.PICKLE: _RUNS_CODE,
    Format.HDF5: _NOT_READ,
    Format.KERAS: _NOT_READ,
    Format.ONNX: _NOT_READ,
    Format.XGBOOST: _NOT_READ,
    Format.LIGHTGBM: _NOT_READ,
    Format.CATBOOST: _NOT_READ,
    Format.ZIP: "and so holds nothing to load; was it written with skops.io.dump?",
    Format.DAMAGED_ZIP: "or cut off; write or copy it once more",
    Format.EMPTY: "and so holds no model; write or copy it once more",
    Format.UNKNOWN: (
        "and so it is not loaded; a model is a folder that `audit train` wrote, a skops file, "
        "or a Python function, as module:function"
    ),
}
