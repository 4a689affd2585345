"""Answer for a Python function in a process of its own: a script, run by its path.

It is no part of the package when it runs: it imports the standard library, numpy, pandas and
pyarrow, then puts the client's folder first, so that whatever lies there is what the client's code
finds. Requests come on standard input, answers go to what was standard output; what the client's
code prints goes to standard error. A message is a JSON head and a body, each behind its length.
"""

import importlib
import io
import json
import os
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa

_LENGTH = struct.Struct(">Q")
_NOT_THEIRS = {"__pycache__", "site-packages"}
_WRITES = os.O_WRONLY | os.O_RDWR
_GRACE = 5
"""Seconds after which the system ends a call itself, should nobody else be left to do it."""


def send(file: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message."""
    text = json.dumps(head).encode()
    file.writelines((_LENGTH.pack(len(text)), text, _LENGTH.pack(len(body)), body))
    file.flush()


def receive(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Read one message.

    Raises
    ------
    EOFError
        If the other side is gone.

    """
    head = json.loads(_exactly(file, _LENGTH.unpack(_exactly(file, _LENGTH.size))[0]))
    return head, _exactly(file, _LENGTH.unpack(_exactly(file, _LENGTH.size))[0])


def packed(frame: pd.DataFrame) -> bytes:
    """Write a frame as an Arrow stream."""
    table = pa.table({name: _column(frame[name]) for name in frame.columns})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _column(column: "pd.Series[Any]") -> pa.Array:
    if pd.api.types.is_numeric_dtype(column):
        return pa.array(column.to_numpy(dtype=np.float64))
    return pa.array(column.to_numpy(dtype=object), pa.string(), from_pandas=True)


def unpacked(body: bytes) -> pd.DataFrame:
    """Read a frame: numbers as float, text as object, missing text as None."""
    table = pa.ipc.open_stream(body).read_all()
    read = {name: table.column(name) for name in table.column_names}
    return pd.DataFrame(
        {
            name: pd.Series(
                column.to_numpy(zero_copy_only=False),
                dtype=object if pa.types.is_string(column.type) else np.float64,
            )
            for name, column in read.items()
        }
    )


def as_numbers(answer: object) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Return what a function answered as an array of float; None if it holds no numbers."""
    try:
        found = np.asarray(answer)
        if found.dtype == object and any(isinstance(each, str | bytes) for each in found.flat):
            return None
        return None if found.dtype.kind not in "biufO" else found.astype(np.float64)
    except Exception:  # noqa: BLE001 - lists of unequal lengths, tensors on other devices …
        return None


def columns_of(answer: object) -> list[str] | None:
    """Return the names of the columns of a frame that a function answered with."""
    return [str(each) for each in answer.columns] if isinstance(answer, pd.DataFrame) else None


def _exactly(file: BinaryIO, size: int) -> bytes:
    found = file.read(size)
    if len(found) < size:
        raise EOFError
    return found


def _found(
    module: str, name: str
) -> tuple[Callable[[pd.DataFrame], object] | None, dict[str, Any]]:
    """Import the function; if that fails, say how, without what the exception says of the data."""
    try:
        held: Any = importlib.import_module(module)
    except BaseException as problem:  # noqa: BLE001 - also what calls exit
        missing = problem.name if isinstance(problem, ImportError) else None
        return None, {"problem": "import", "type": type(problem).__name__, "name": missing}
    for part in name.split("."):
        held = getattr(held, part, None)
    if not callable(held):
        return None, {"problem": "function" if held is None else "not callable"}
    return held, {}


def _answer(
    function: Callable[[pd.DataFrame], object], body: bytes, folder: Path
) -> tuple[dict[str, Any], bytes]:
    try:
        answer = function(unpacked(body))
    except MemoryError:
        return {"problem": "memory"}, b""
    except BaseException as problem:  # noqa: BLE001 - also what calls exit
        return {"problem": "raised", "type": type(problem).__name__, **_where(problem, folder)}, b""
    numbers = as_numbers(answer)
    if numbers is None:
        return {"problem": "numbers", "type": type(answer).__name__}, b""
    return {"shape": numbers.shape, "columns": columns_of(answer)}, numbers.tobytes()


def _where(problem: BaseException, folder: Path) -> dict[str, Any]:
    """Return the last line of the client's own code that the exception passed."""
    frames = [
        (path, frame.lineno)
        for frame in traceback.extract_tb(problem.__traceback__)
        if folder in (path := Path(frame.filename).resolve()).parents
    ]
    return {"file": frames[-1][0].name, "line": frames[-1][1]} if frames else {}


def _sources(folder: Path, opened: set[str]) -> list[str]:
    """List the files in the folder that importing has read: modules, and what those opened."""
    files = {getattr(each, "__file__", None) for each in [*sys.modules.values()]} | opened
    paths = {Path(each).resolve() for each in files if each}
    inside = (path for path in paths if path.is_file() and folder in path.parents)
    return sorted(str(path) for path in inside if not _NOT_THEIRS & {*path.parts})


def _watch(opened: set[str]) -> None:
    """Note which files are opened to be read."""

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and not arguments[2] & _WRITES:
            opened.add(arguments[0])

    sys.addaudithook(note)


def _limit(megabytes: int) -> bool:
    """Let the process take so much more memory than it has now; say whether that can be held."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ImportError, OSError, ValueError):
        return False
    return True


def main(module: str, name: str, folder: str, seconds: str, megabytes: str) -> None:
    """Import the function, then answer until the other side closes the pipe."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    sys.path.insert(0, folder)
    alarm = int(float(seconds)) + _GRACE
    opened: set[str] = set()
    _watch(opened)
    if int(megabytes) and not _limit(int(megabytes)):
        send(answers, {"problem": "limit"})
        return
    signal.alarm(alarm)
    function, head = _found(module, name)
    place = Path(folder).resolve()
    send(answers, head or {"files": _sources(place, opened)})
    if function is not None:
        _serve(function, requests, answers, place, alarm)


def _serve(
    function: Callable[[pd.DataFrame], object],
    requests: BinaryIO,
    answers: BinaryIO,
    folder: Path,
    alarm: int,
) -> None:
    while True:
        signal.alarm(0)
        try:
            _, body = receive(requests)
        except EOFError:
            return
        except MemoryError:
            send(answers, {"problem": "memory"})
            return
        signal.alarm(alarm)
        send(answers, *_answer(function, body, folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
