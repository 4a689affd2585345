import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audit.cli import main

GAP = ["--metric", "demographic_parity_difference", "--at-most"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write 400 decisions: half of the men are hired, and a quarter of the women."""
    rows = ["1,m", "0,m"] * 100 + ["1,f", "0,f", "0,f", "0,f"] * 50
    path = tmp_path / "hired.csv"
    path.write_text("\n".join(["hired,sex", *rows]))
    return path


def check(table: Path, *options: str) -> int:
    return main(["check", "bias.selection_rate", "--data", str(table), *options])


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        pytest.param([], 0, "MEASURED pass=0", id="no limit"),
        pytest.param([*GAP, "0.4"], 0, "PASSED pass=1", id="far below the limit"),
        pytest.param([*GAP, "0.1"], 1, "BLOCKED pass=0 fail=1", id="far above the limit"),
        pytest.param([*GAP, "0.25"], 4, "INCONCLUSIVE pass=0", id="about the limit"),
    ],
)
def test_the_exit_status_and_the_last_line_agree(
    table: Path, options: list[str], status: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(table, "--prediction", "hired", "--group", "sex", *options) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"audit: {word}")


def test_without_groups_nothing_is_measured(table: Path) -> None:
    assert check(table, "--prediction", "hired") == 4


def test_json_is_one_document_and_the_line_goes_to_stderr(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(table, "--prediction", "hired", "--group", "sex", "--json") == 0
    shown = capsys.readouterr()
    entry = json.loads(shown.out)
    assert (entry["id"], entry["status"]) == ("bias.selection_rate", "measured")
    assert shown.err.splitlines()[-1].startswith("audit: MEASURED")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--prediction", "hierd"], "did you mean 'hired'"),
        (["--prediction", "hired", "--favorable", "yes"], "yes does not occur"),
        (["--prediction", "hired", "--at-most", "0.1"], "must be given together"),
        (["--prediction", "hired", "--data", "none.csv"], "there is no such file"),
        (["--prediction", "hired", "--metric", "gap", "--at-most", "1"], "has no metric 'gap'"),
        (["--prediction", "hired", "--group", "sex", *GAP, "10"], "did you mean 0.1?"),
    ],
)
def test_a_mistake_in_the_input_is_2_and_one_sentence(
    table: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(table, *options) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert all(line.startswith("audit: ") for line in shown.err.splitlines())


@pytest.mark.parametrize("words", [["rnu"], ["check"], ["run", "--no-such"], ["render"]])
def test_a_mistake_in_the_usage_is_2(words: list[str]) -> None:
    assert main(words) == 2


def test_a_check_of_another_package_is_found_and_a_wrong_one_breaks_with_3(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = tmp_path / "other-1.dist-info" / "entry_points.txt"
    offer.parent.mkdir()
    offer.write_text("[audit.checks]\nother = other_checks:ALL\n")
    (tmp_path / "other_checks.py").write_text("ALL = {'other.crash': 'other_checks:Nothing'}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["check", "other.crash", "--data", str(table), "--prediction", "hired"]) == 3


def test_every_check_is_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) >= 7
    for line in listed:
        assert main(["explain", line.split()[0]]) == 0
        assert "Metrics:" in capsys.readouterr().out


def test_settings_are_explained_with_their_notes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "calibration.error"])
    assert "  bins = 15  " in capsys.readouterr().out


def test_a_misspelt_check_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "bias.selection_rat"]) == 2
    assert "did you mean 'bias.selection_rate'" in capsys.readouterr().err


CONFIG = """
[model]
name = "hiring"
version = "1"
[data]
test = "hired.csv"
prediction = "hired"
groups = ["sex"]
[[gate]]
name = "gap"
check = "bias.selection_rate"
metric = "demographic_parity_difference"
at_most = {limit}
"""


@pytest.fixture
def config(table: Path) -> Path:
    path = table.with_name("audit.toml")
    path.write_text(CONFIG.format(limit=0.1))
    return path


def test_a_run_writes_a_bundle_and_names_it(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(config), "--out", str(tmp_path / "out")]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("audit: BLOCKED pass=0 fail=1 inconclusive=0 tolerated=0 warned=0")
    [report] = [Path(word[7:]) for word in last.split() if word.startswith("report=")]
    assert report.is_file()
    folder = tmp_path / "out" / "hiring" / "1"
    assert (folder / "latest").resolve() == report.resolve().parent
    made = {path.name for path in report.parent.iterdir()}
    assert made == {
        "audit.toml",
        "environment.json",
        "junit.xml",
        "manifest.json",
        "predictions.parquet",
        "report.html",
        "report.zh-CN.html",
        "results.json",
        "summary.md",
    }


def test_a_dry_run_measures_no_verdict_and_writes_nothing(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(config), "--dry-run", "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert "attainable limit" in shown
    assert "even a flawless model would rarely pass" in shown
    assert "fail" not in shown
    assert not (tmp_path / "out").exists()


def test_a_run_of_some_checks_never_passes(config: Path, tmp_path: Path) -> None:
    config.write_text(CONFIG.format(limit=0.9))
    out = ["--out", str(tmp_path / "out")]
    assert main(["run", str(config), *out]) == 0
    assert main(["run", str(config), "--only", "bias.selection_rate", *out]) == 4


def test_pages_are_rendered_again_byte_for_byte(config: Path, tmp_path: Path) -> None:
    main(["run", str(config), "--out", str(tmp_path)])
    bundle = tmp_path / "hiring" / "1" / "latest"
    again = tmp_path / "again"
    assert main(["render", str(bundle), "--out", str(again)]) == 0
    for name in ("report.html", "report.zh-CN.html", "junit.xml", "summary.md"):
        assert (again / name).read_bytes() == (bundle / name).read_bytes()


def test_one_language_is_enough(config: Path, tmp_path: Path) -> None:
    main(["run", str(config), "--out", str(tmp_path), "--lang", "zh-CN"])
    bundle = tmp_path / "hiring" / "1" / "latest"
    assert not (bundle / "report.html").exists()
    assert (bundle / "report.zh-CN.html").exists()
    assert main(["run", str(config), "--lang", "fr"]) == 2


def test_a_bundle_that_was_changed_does_not_verify(config: Path, tmp_path: Path) -> None:
    main(["run", str(config), "--out", str(tmp_path)])
    results = tmp_path / "hiring" / "1" / "latest" / "results.json"
    results.write_text(results.read_text().replace('"blocked"', '"passed"', 1))
    assert main(["render", str(results.parent), "--out", str(tmp_path / "x")]) == 5


@pytest.mark.parametrize("github", [True, False])
def test_on_github_the_gates_are_annotated_and_the_summary_is_kept(
    config: Path,
    tmp_path: Path,
    github: bool,  # noqa: FBT001 - a row of the table
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true" if github else "")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "step.md"))
    assert main(["run", str(config), "--out", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("::error") for line in lines) is github
    assert (tmp_path / "step.md").exists() is github
    assert lines[-1].startswith("audit: BLOCKED")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_so_and_leaves_no_bundle(
    config: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    script = (
        "import os, signal, sys, audit.runner as r; from audit.cli import main; "
        f"r.measure = lambda *_: os.kill(os.getpid(), {int(number)}); "
        f"sys.exit(main(['run', {str(config)!r}, '--out', {str(tmp_path / 'out')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert "interrupted" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_crash_of_the_tool_is_3_and_no_traceback(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import audit.jobs

    def crash(*_: object, **__: object) -> None:
        msg = "boom"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(audit.jobs, "load", crash)
    assert main(["run", str(config)]) == 3
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: boom" in shown
    assert "Traceback" not in shown


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_2(config: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert main(["run", str(config), "--out", str(tmp_path / "locked")]) == 2


def test_a_file_in_the_place_of_the_folder_is_2(config: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["run", str(config), "--out", str(tmp_path / "taken")]) == 2
