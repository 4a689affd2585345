"""A Python function, `module:function`, in a process of its own, within limits."""

import os
import select
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
import pandas as pd

from audit.errors import SubjectError
from audit.files import sha256, sha256_of
from audit.inputs import Matrix
from audit.models import worker
from audit.models.process_problems import (
    ENDS,
    call_problem,
    end_problem,
    import_problem,
    late_problem,
)

_SECONDS_TO_LEAVE: Final = 1.0
_SECONDS_A_WAIT: Final = 0.2
_A_MONTH: Final = 30 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one call may take."""

    seconds: float = 60.0
    megabytes: int | None = None
    """Of address space beyond what Python, numpy, pandas and pyarrow take themselves."""

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        if not 0 < self.seconds <= _A_MONTH:
            msg = f"time_limit must lie in (0, {_A_MONTH}] seconds, but got {self.seconds:g}"
            raise SubjectError(msg)
        if self.megabytes is not None and self.megabytes < 1:
            msg = f"memory_limit must be at least 1 MB, but got {self.megabytes}"
            raise SubjectError(msg)


@dataclass(kw_only=True, eq=False)
class OwnProcess:
    """The function's process: started when it is asked for the first time, and after a kill.

    Attributes
    ----------
    name : str
        `module:function`.
    folder : Path
        First where the function looks for modules, and its working directory.
    limits : Limits

    """

    name: str
    folder: Path
    limits: Limits = field(default_factory=Limits)
    files: tuple[Path, ...] = ()
    """In the folder, read while the module was imported: the module, and whatever it read."""
    _process: "subprocess.Popen[bytes] | None" = None
    _stop: "weakref.finalize[[subprocess.Popen[bytes]], OwnProcess] | None" = None
    _late: bool = False

    def __post_init__(self) -> None:
        """Know the folder also when the working directory has changed."""
        self.folder = self.folder.resolve()

    @property
    def pid(self) -> int | None:
        """The number of the process; None if there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Import the function.

        Raises
        ------
        SubjectError
            If it cannot be imported, is no function, or takes too long.

        """
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        command = [sys.executable, "-P", worker.__file__, *self.name.split(":")]
        limits = [str(self.limits.seconds), str(self.limits.megabytes or 0)]
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [*command, str(self.folder), *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.folder,
            start_new_session=True,
        )
        self._stop = weakref.finalize(self, _end, self._process)
        with self._guarded("be imported"):
            head, _ = _answer(self._process)
        if self._ended(head):
            msg = f"{self.name}: {import_problem(self.name, head, self.folder)}"
            raise SubjectError(msg)
        self.files = tuple(map(Path, head["files"]))

    def ask(self, frame: pd.DataFrame) -> tuple[Matrix, list[str] | None]:
        """Return what the function answers, as numbers, and its columns if it is a frame.

        Raises
        ------
        SubjectError
            With one sentence, if it raises, takes too long or too much, dies, or returns no
            numbers. The process is then ended; the next call starts another.

        """
        self.start()
        request = worker.packed(frame)
        with self._guarded(f"answer {len(frame)} rows"):
            worker.send(self._process.stdin, {}, request)  # type: ignore[union-attr, arg-type]
            head, body = _answer(self._process)  # type: ignore[arg-type]
        if self._ended(head):
            msg = f"{self.name}: {call_problem(head, len(frame), self.limits.megabytes)}"
            raise SubjectError(msg)
        numbers = np.frombuffer(body, dtype=np.float64).reshape(head["shape"])
        return numbers, head["columns"]

    def digest(self) -> str:
        """Return sha256 over the files that importing the function read, by their names."""
        self.start()
        read = [f"{path.relative_to(self.folder)} {sha256([path])}" for path in self.files]
        return sha256_of("\n".join(read).encode())

    def close(self) -> None:
        """End the process, if there is one."""
        if self._stop is not None:
            self._stop()
        self._process = None

    @contextmanager
    def _guarded(self, task: str) -> Iterator[None]:
        """Kill the process when it is late; whatever happens, leave none that is out of step."""
        process, self._late = self._process, False
        timer = threading.Timer(self.limits.seconds, self._kill_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, BrokenPipeError, ConnectionResetError) as problem:
            timer.cancel()
            self.close()
            msg = f"{self.name}: {self._late_or_dead(task, process)}"
            raise SubjectError(msg) from problem
        except BaseException:  # also Ctrl-C
            if process is not None:
                _kill(process)
            self.close()
            raise
        finally:
            timer.cancel()
        if self._late:  # it answered just before it was stopped
            self.close()

    def _kill_late(self) -> None:
        self._late = True
        if self._process is not None:
            _kill(self._process)

    def _late_or_dead(self, task: str, process: "subprocess.Popen[bytes] | None") -> str:
        if self._late:
            return late_problem(task, self.limits.seconds)
        status = process.returncode if process is not None else None
        return end_problem(task, status, self.limits.megabytes)

    def _ended(self, head: dict[str, Any]) -> bool:
        """Say whether something went wrong; end the process if it is of no more use."""
        if head.get("problem") in ENDS:
            self.close()
        return "problem" in head


def _answer(process: "subprocess.Popen[bytes]") -> tuple[dict[str, Any], bytes]:
    """Wait for an answer and read it.

    The wait is cut into short ones: a library may have asked the system to go on reading after a
    signal, and then Ctrl-C would be noticed only when the answer comes.
    """
    pipe = cast("BinaryIO", process.stdout)
    while not select.select([pipe], [], [], _SECONDS_A_WAIT)[0]:
        pass
    return worker.receive(pipe)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and what it started: they are a session of their own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipes, which ends an idle process, and kill one that is not idle."""
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError, ValueError):
            pipe.close()  # type: ignore[union-attr]
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_LEAVE if process.poll() is None else 0)
    _kill(process)
    process.wait()
