import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit.encoding import encode_frame
from audit.errors import SubjectError
from audit.inputs import Inputs
from audit.models.cached import Cached
from audit.models.functions import FunctionOfRows, in_own_process
from audit.models.own_process import Limits, OwnProcess

ROWS = pd.DataFrame({"a": [0.0, 1.0, np.nan, 3.0], "home": ["own", None, "rent", "own"]})
INPUTS = encode_frame(ROWS)
SCORING = """
import json, os, signal, sys, time
import numpy as np
import pandas as pd

print("on import")


def half(rows):
    return np.full(len(rows), 0.5)

def act(rows):
    return globals()[rows["do"][0]](rows)

def sees(rows):
    print("a print", flush=True)
    os.system("echo a child")
    with open("seen.json", "w") as file:
        json.dump({"columns": [*rows.columns], "types": [str(each) for each in rows.dtypes],
                   "home": [*rows["home"]], "a": [repr(each) for each in rows["a"]],
                   "stdin": sys.stdin.read(), "folder": os.getcwd(), "pid": os.getpid()}, file)
    return half(rows)

def by_name(rows):
    return pd.DataFrame({"yes": np.full(len(rows), 0.9), "no": np.full(len(rows), 0.1)})

def by_order(rows):
    return [[0.1, 0.9]] * len(rows)

def column(rows):
    return np.full((len(rows), 1), 0.9)

def series(rows):
    return pd.Series(0.9, index=rows.index[::-1])

def raises(rows):
    raise ValueError(f"secret cell {rows['home'][0]}")

def raises_inside(rows):
    return rows["no such column"]

def leaves(rows):
    sys.exit(0)

def loops(rows):
    while True:
        pass

def sleeps_with_a_child(rows):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    time.sleep(60)

def dies(rows):
    os._exit(3)

def killed(rows):
    os.kill(os.getpid(), signal.SIGKILL)

def nan(rows):
    return np.full(len(rows), np.nan)

def short(rows):
    return np.full(len(rows) - 1, 0.5)

def three(rows):
    return np.full((len(rows), 3), 1 / 3)

def large(rows):
    return np.full(len(rows), 1.5)

def sums(rows):
    return np.full((len(rows), 2), 0.4)

def text(rows):
    return ["0.5"] * len(rows)

def ragged(rows):
    return [[0.5], [0.5, 0.5], [], []]

def nothing(rows):
    return None

def hungry(rows):
    return np.ones(len(rows) * 10**9)

not_a_function = 7

def once(rows, path="died"):
    if not os.path.exists(path):
        open(path, "w").close()
        os._exit(1)
    return half(rows)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("client")
    (made / "scoring.py").write_text(SCORING)
    return made


@pytest.fixture
def process() -> Iterator[Callable[..., OwnProcess]]:
    made: list[OwnProcess] = []

    def make(name: str, folder: Path, limits: Limits | None = None) -> OwnProcess:
        made.append(OwnProcess(name=name, folder=folder, limits=limits or Limits()))
        return made[-1]

    yield make
    for each in made:
        each.close()


def function(name: str, folder: Path, **limits: float) -> FunctionOfRows:
    return in_own_process(
        f"scoring:{name}",
        folder=folder,
        classes=["no", "yes"],
        limits=Limits(
            seconds=limits.get("seconds", 60), megabytes=int(limits.get("megabytes", 0)) or None
        ),
    )


def alive(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def gone(pid: int) -> bool:
    for _ in range(200):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_rows_reach_it_as_numbers_and_text_in_its_own_folder(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import json

    found = function("sees", folder).predict(INPUTS)
    assert found.tolist() == [[0.5, 0.5]] * 4
    seen = json.loads((folder / "seen.json").read_text())
    assert seen["columns"] == ["a", "home"]
    assert seen["types"] == ["float64", "object"]
    assert seen["home"] == ["own", None, "rent", "own"]
    assert seen["a"] == ["0.0", "1.0", "nan", "3.0"]
    assert seen["folder"] == str(folder.resolve())
    assert not seen["stdin"]
    assert seen["pid"] != os.getpid()
    out, err = capfd.readouterr()
    assert not out
    assert {"on import", "a print", "a child"} <= set(err.splitlines())


@pytest.fixture(scope="module")
def acting(folder: Path) -> FunctionOfRows:
    """Return a function that does what the rows say, in one process for all tests."""
    return function("act", folder)


def doing(name: str) -> Inputs:
    return encode_frame(ROWS.assign(do=name))


@pytest.mark.parametrize("name", ["by_name", "by_order", "column", "series"])
def test_an_answer_may_take_any_of_these_shapes(name: str, acting: FunctionOfRows) -> None:
    np.testing.assert_allclose(acting.predict(doing(name)), [[0.1, 0.9]] * 4)


@pytest.mark.parametrize(
    ("favorable", "expected"), [("no", [0.9, 0.1]), ("yes", [0.1, 0.9]), ("", [0.1, 0.9])]
)
def test_one_number_a_row_is_of_the_favourable_class(
    favorable: str, expected: list[float], acting: FunctionOfRows
) -> None:
    model = replace(acting, favorable=(favorable,))
    np.testing.assert_allclose(model.predict(doing("column"))[0], expected)


WRONG = [
    ("raises", r"must answer 4 rows, but raised ValueError in line \d+ of scoring\.py; call it"),
    ("raises_inside", r"but raised KeyError in line \d+ of scoring\.py"),
    ("leaves", r"but raised SystemExit in line \d+ of scoring\.py"),
    ("dies", r"must answer 4 rows, but ended its process \(exit status 3\)"),
    ("killed", r"was killed by the system \(SIGKILL\); was there memory enough"),
    ("nan", "finite numbers, but returned NaN or infinity for 4 of 4 rows"),
    ("short", "one row for each of the 4 rows asked, but returned 3"),
    ("three", r"shape \(4, 2\), a column for each of the 2 classes, but returned \(4, 3\)"),
    ("large", r"probabilities in \[0, 1\], but returned another number"),
    ("sums", "rows that sum to 1, but returned another sum"),
    ("text", "must return numbers, but returned a list that holds something else"),
    ("ragged", "must return numbers, but returned a list"),
    ("nothing", "must return"),
]


@pytest.mark.parametrize(("name", "said"), WRONG, ids=[name for name, _ in WRONG])
def test_whatever_goes_wrong_is_one_sentence(name: str, said: str, acting: FunctionOfRows) -> None:
    with pytest.raises(SubjectError, match=said) as caught:
        acting.predict(doing(name))
    message = str(caught.value)
    assert message.startswith("scoring:act")
    assert "secret" not in message
    assert "\n" not in message


def test_a_function_that_hangs_is_stopped_in_time_with_its_children(folder: Path) -> None:
    before = processes(folder)
    model = function("sleeps_with_a_child", folder, seconds=1.5)
    started = time.perf_counter()
    with pytest.raises(SubjectError, match=r"answer 4 rows within 1\.5 s, but took longer"):
        model.predict(INPUTS)
    assert time.perf_counter() - started < 10
    assert all(gone(pid) for pid in processes(folder) - before)


def processes(folder: Path) -> set[int]:
    """Return those that were started for this folder, also by others of them."""
    found = set()
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if str(folder).encode() in (each / "cmdline").read_bytes():
                found.add(int(each.name))
    return found


def test_after_an_interrupt_the_next_call_gets_its_own_answer(
    folder: Path, process: Callable[..., OwnProcess]
) -> None:
    made = process("scoring:act", folder)
    made.start()
    pid = made.pid
    assert pid is not None
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(0.7, signal.pthread_kill, (main, signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        made.ask(ROWS.assign(do="loops"))
    assert gone(pid)
    assert made.ask(ROWS.assign(do="half"))[0].tolist() == [0.5] * 4


def test_a_loop_that_never_yields_is_stopped_too(folder: Path) -> None:
    with pytest.raises(SubjectError, match="took longer and was stopped; give it a longer"):
        function("loops", folder, seconds=1.5).predict(INPUTS)


def test_a_function_that_needs_too_much_memory_is_told_so(folder: Path) -> None:
    with pytest.raises(SubjectError, match="within 300 MB, but needs more; give it a larger"):
        function("hungry", folder, megabytes=300).predict(INPUTS)


def test_a_memory_limit_leaves_room_for_what_python_needs(folder: Path) -> None:
    found = function("half", folder, megabytes=100).predict(INPUTS)
    assert found.tolist() == [[0.5, 0.5]] * 4


def test_the_process_is_one_for_all_calls_and_another_after_a_death(
    folder: Path, process: Callable[..., OwnProcess]
) -> None:
    made = process("scoring:once", folder)
    with pytest.raises(SubjectError, match="exit status 1"):
        made.ask(ROWS)
    assert made.ask(ROWS)[0].tolist() == [0.5] * 4
    pid = made.pid
    assert pid is not None
    made.ask(ROWS)
    assert made.pid == pid
    made.close()
    assert [made.pid] == [None]
    assert gone(pid)


def test_the_process_goes_with_the_model(folder: Path) -> None:
    process = OwnProcess(name="scoring:half", folder=folder)
    process.start()
    pid = process.pid
    assert pid is not None
    del process
    gc.collect()
    assert gone(pid)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("scoring:absent", "module scoring has no 'absent'"),
        ("scoring:not_a_function", "'not_a_function' in module scoring must be a function"),
        ("nowhere:predict", "there is no module 'nowhere'; it is looked for in "),
        ("nowhere.at.all:predict", "there is no module 'nowhere.at.all'"),
        ("needs:predict", "importing needs raised ModuleNotFoundError of 'no_such_package'"),
        ("broken:predict", "importing broken raised SyntaxError; import it outside the audit"),
        ("ends:predict", "importing ends raised SystemExit"),
        ("quits:predict", r"must be imported, but ended its process \(exit status 4\)"),
        ("slow:predict", "must be imported within 2 s, but took longer"),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(
    name: str, said: str, folder: Path, process: Callable[..., OwnProcess]
) -> None:
    for module, text in (
        ("needs", "import no_such_package"),
        ("broken", "def predict(rows)"),
        ("ends", "raise SystemExit(0)"),
        ("quits", "import os\nos._exit(4)"),
        ("slow", "import time\ntime.sleep(60)"),
    ):
        (folder / f"{module}.py").write_text(text)
    with pytest.raises(SubjectError, match=said) as caught:
        process(name, folder, Limits(seconds=2 if "slow" in name else 60)).start()
    assert "\n" not in str(caught.value)


def test_what_lies_in_the_clients_folder_wins_and_ours_is_not_in_its_way(
    tmp_path: Path, process: Callable[..., OwnProcess]
) -> None:
    (tmp_path / "audit.py").write_text("LEVEL = 0.1\n")
    for name, value in (("checks", 0.2), ("reports", 0.1), ("fixtures", 0.05)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"LEVEL = {value}\n")
    (tmp_path / "scoring.py").write_text(
        "import audit, checks, fixtures, reports\n"
        "for name in ('cached', 'loading', 'worker', 'formats', 'store'):\n"
        "    try:\n"
        "        __import__(name)\n"
        "    except ImportError:\n"
        "        continue\n"
        "    raise RuntimeError\n"
        "def predict(rows):\n"
        "    return [audit.LEVEL + checks.LEVEL + reports.LEVEL + fixtures.LEVEL] * len(rows)\n"
    )
    found, _ = process("scoring:predict", tmp_path).ask(ROWS)
    np.testing.assert_allclose(found, [0.45] * 4)


def test_the_digest_covers_the_module_and_what_it_read_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_text("0.5")
    (tmp_path / "parts.py").write_text("def one(): return 1\n")
    (tmp_path / "other.py").write_text("")
    (tmp_path / "scoring.py").write_text(
        "import json, parts\n"
        "open('log.txt', 'a').write('started')\n"
        "WEIGHT = json.load(open('weights.json'))\n"
        "def half(rows): return [WEIGHT] * len(rows)\n"
    )

    def digest() -> str:
        return function("half", tmp_path).digest

    first = digest()
    (tmp_path / "other.py").write_text("changed = True")
    assert digest() == first
    found = {first}
    for name in ("weights.json", "parts.py", "scoring.py"):
        (tmp_path / name).write_text((tmp_path / name).read_text() + "\n")
        found.add(digest())
    assert len(found) == 4


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"seconds": 0}, r"time_limit must lie in \(0, 2592000\] seconds, but got 0"),
        ({"seconds": float("inf")}, "but got inf"),
        ({"seconds": float("nan")}, "but got nan"),
        ({"megabytes": 0}, "memory_limit must be at least 1 MB, but got 0"),
    ],
)
def test_what_is_no_limit_is_refused(limits: dict[str, Any], said: str) -> None:
    with pytest.raises(SubjectError, match=said):
        Limits(**limits)


def test_a_relative_folder_is_taken_from_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    model = function("half", Path(folder.name))
    monkeypatch.chdir("/")
    assert model.predict(INPUTS).tolist() == [[0.5, 0.5]] * 4


def test_a_million_cells_come_back_in_their_order(folder: Path) -> None:
    (folder / "identity.py").write_text("def predict(rows): return rows['a']\n")
    values = np.random.default_rng(0).random(200_000)
    model = in_own_process("identity:predict", folder=folder, classes=["0", "1"])
    rows = encode_frame(pd.DataFrame({"a": values, "b": 1.0}))
    np.testing.assert_array_equal(model.predict(rows)[:, 1], values)
    np.testing.assert_allclose(Cached(model).predict(rows)[:, 1], values, atol=1e-9)


_RUN = """
import sys
from pathlib import Path
import pandas as pd
from audit.models.own_process import OwnProcess

process = OwnProcess(name="scoring:" + sys.argv[2], folder=Path(sys.argv[1]))
process.start()
print(process.pid, flush=True)
if sys.argv[2] == "loops":
    process.ask(pd.DataFrame({"a": [1.0]}))
"""


@pytest.mark.parametrize(
    ("name", "number"),
    [("loops", signal.SIGINT), ("half", 0), ("idles", signal.SIGKILL)],
    ids=["Ctrl-C", "the end", "killed while idle"],
)
def test_no_process_is_left_behind(name: str, number: int, folder: Path) -> None:
    run = _RUN + ("sys.stdin.read()\n" if name == "idles" else "")
    with subprocess.Popen(
        [sys.executable, "-c", run, str(folder), "half" if name == "idles" else name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if number:
            time.sleep(0.5)  # until it is asked
            assert alive(pid)
            parent.send_signal(number)
        parent.wait(20)
    assert gone(pid)
