"""What went wrong in the process of a Python function, in one sentence without its data."""

import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

ENDS: Final = frozenset({"import", "function", "not callable", "limit", "memory"})
"""After these, the process is of no more use."""


def import_problem(name: str, head: Mapping[str, Any], folder: Path) -> str:
    """Say why there is no function to ask."""
    module, _, function = name.partition(":")
    match head["problem"]:
        case "limit":
            return "memory_limit cannot be kept on this system; leave it out"
        case "function":
            return f"module {module} has no {function!r}"
        case "not callable":
            return f"{function!r} in module {module} must be a function, but is none"
        case _ if head["name"] and f"{module}.".startswith(f"{head['name']}."):
            return f"there is no module {module!r}; it is looked for in {folder}"
        case _:
            of = f" of {head['name']!r}" if head["name"] else ""
            return (
                f"importing {module} raised {head['type']}{of}; import it outside the audit to "
                "see why"
            )


def call_problem(head: Mapping[str, Any], rows: int, megabytes: int | None) -> str:
    """Say why it did not answer."""
    match head["problem"]:
        case "memory" if megabytes:
            return (
                f"must answer {rows} rows within {megabytes} MB, but needs more; give it a larger "
                "memory_limit"
            )
        case "memory":
            return f"must answer {rows} rows, but there was no memory left"
        case "raised":
            at = f" in line {head['line']} of {head['file']}" if "line" in head else ""
            return (
                f"must answer {rows} rows, but raised {head['type']}{at}; call it on the rows "
                "outside the audit to see why"
            )
        case _:
            return f"must return numbers, but returned a {head['type']} that holds something else"


def late_problem(task: str, seconds: float) -> str:
    """Say that it took too long."""
    return (
        f"must {task} within {seconds:g} s, but took longer and was stopped; give it a longer "
        "time_limit, or make it faster"
    )


def end_problem(task: str, status: int | None, megabytes: int | None) -> str:
    """Say how its process ended."""
    if status is not None and status < 0:
        how = f"was killed by the system ({_signal(-status)})"
    else:
        how = f"ended its process (exit status {status})"
    why = f"memory_limit is {megabytes} MB" if megabytes else "was there memory enough?"
    return f"must {task}, but {how}; {why}"


def _signal(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
