import datetime as dt
import os
import tomllib
from pathlib import Path

import pytest

from audit import About
from audit.config import Config, parse, read
from audit.data.roles import Roles
from audit.errors import ConfigError
from audit.record import Severity

TODAY = dt.date(2026, 11, 24)
REFERENCE = Path(__file__).parents[1] / "references" / "audit.toml"
BASE = """
[model]
name = "hiring"
version = "1"
[data]
test = "rows.csv"
"""
GATE = '[[gate]]\ncheck = "bias.selection_rate"\nmetric = "selection_rate"\n'
WAIVER = """
[[waiver]]
gate = "gap"
reason = "Mitigation lands with version 3."
owner = "a.ng"
approver = "m.diaz"
expires = 2027-01-31
"""


def parsed(text: str) -> Config:
    return parse(tomllib.loads(text), name="audit.toml", today=TODAY)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    lines = str(caught.value).splitlines()
    assert all(line.startswith("audit.toml: ") for line in lines)
    return [line.removeprefix("audit.toml: ") for line in lines]


# the block is the one of the design, copied
def test_the_file_of_the_design_is_read() -> None:
    config = read(REFERENCE, today=TODAY)
    assert (config.model.name, config.model.version) == ("loan-approval", "2")
    assert config.data.roles() == Roles(
        label="approved",
        favorable=("1",),
        groups={"race": ("white", "black", "hispan"), "sex": ("female", "male")},
        bands={"age": (30.0, 45.0, 60.0)},
        intersections=(("race", "sex"),),
        id="application_id",
    )
    [gate] = [each.demand() for each in config.gate]
    assert (gate.title, gate.at_least, gate.tolerate) == ("four-fifths", 0.8, 0.7)
    assert gate.about == About({"across": "race"})
    [waiver] = [each.waiver() for each in config.waiver]
    assert (waiver.gate, waiver.expires, waiver.ceiling) == (
        "four-fifths",
        dt.date(2027, 1, 31),
        0.72,
    )
    assert (config.data.expect.rows, config.run.seed, config.run.confidence) == (1500, 7, 0.95)
    assert config.check_settings() == {"bias.selection_rate": {}}


def test_what_is_left_out_has_a_default() -> None:
    config = parsed(BASE)
    assert config.data.roles() == Roles()
    assert (config.run.seed, config.run.confidence, config.run.keep_predictions) == (0, 0.95, True)
    assert (config.gate, config.waiver, config.baseline, config.train) == ((), (), None, None)


def test_levels_and_classes_become_text() -> None:
    config = parsed(
        BASE
        + 'favorable = [1, 2.0, true]\nscores = { True = "p", "2.0" = "q" }\n'
        + 'groups = { code = [1, 2.0, "x"], old = [true, false] }\n'
        + GATE
        + 'about = { code = 1.0, old = true, across = ["a", "b"] }\n'
    )
    roles = config.data.roles()
    assert roles.favorable == ("1", "2", "true")
    assert (roles.scores, roles.score_classes) == (("p", "q"), ("true", "2"))
    assert roles.groups == {"code": ("1", "2", "x"), "old": ("true", "false")}
    about = About({"code": "1", "old": "true", "across": ("a", "b")})
    assert config.gate[0].demand().about == about


@pytest.mark.parametrize(
    ("scores", "columns"),
    [('"p"', ("p",)), ('["p", "q"]', ("p", "q")), ('{ no = "p", yes = "q" }', ("p", "q"))],
)
def test_scores_are_one_column_or_one_for_each_class(scores: str, columns: tuple[str, ...]) -> None:
    assert parsed(BASE + f"scores = {scores}\n").data.roles().scores == columns


def test_groups_without_levels_judge_every_level() -> None:
    roles = parsed(BASE + 'groups = ["race", "sex"]\n').data.roles()
    assert roles.groups == {"race": (), "sex": ()}


def test_a_check_is_asked_for_by_a_gate_or_a_table() -> None:
    config = parsed(BASE + "[checks.data.quality]\nnear_unique_from = 0.9\n" + GATE)
    assert config.check_settings() == {
        "bias.selection_rate": {},
        "data.quality": {"near_unique_from": 0.9},
    }
    assert config.gate[0].severity is Severity.BLOCK


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[modle]\n", "modle: there is no such key; did you mean 'model'?"),
        (BASE + "favourable = 1\n", "data.favourable: there is no such key; did you mean 'favor"),
        (BASE + "[data.expct]\n", "data.expct: there is no such key; did you mean 'expect'?"),
        (BASE + "[data.expect]\nrow = 1\n", "data.expect.row: there is no such key; did you mean"),
        (BASE + "[run]\nsed = 1\n", "run.sed: there is no such key; did you mean 'seed'?"),
        (BASE + "[train]\nepoch = 1\n", "train.epoch: there is no such key; did you mean 'epochs'"),
        (BASE + "[baseline]\nbundl = 1\n", "baseline.bundl: there is no such key; did you mean"),
        (BASE + GATE + "at_mst = 1\n", "gate.0.at_mst: there is no such key; did you mean 'at_mo"),
        (BASE + WAIVER + "ceilling = 1\n", "waiver.0.ceilling: there is no such key; did you mean"),
        (BASE + "favorable = ''\n", "data.favorable: must name levels, but one of them is empty"),
        (BASE + "favorable = [1, nan]\n", "data.favorable: must name levels, but one of them is"),
        (BASE + "groups = { sex = [''] }\n", "data.groups: must name levels, but one of them is"),
        ("[data]\n", "data.test: must be given"),
        ("[data]\n", "model: must be given"),
        (BASE + "[[gate]]\n", "gate.0.check: must be given"),
        (BASE + "label = 3\n", "data.label: must be a valid string, but got 3"),
        (BASE + "scores = 3\n", "data.scores: must be a valid string or a valid list or a valid"),
        (BASE + "groups = { sex = 'f' }\n", "data.groups.sex: must be a valid list, but got 'f'"),
        (BASE + "bands = { age = ['old'] }\n", "data.bands.age.0: must be a valid number"),
        (BASE.replace('"rows.csv"', '""'), "data.test: must have at least 1 character"),
        (BASE.replace('"rows.csv"', "[]"), "data.test: must be a valid string or must have at le"),
        (BASE.replace('"hiring"', '""'), "model.name: must have at least 1 character, but got ''"),
        (
            BASE + "[data.expect]\nrows = 0\n",
            "data.expect.rows: must be greater than or equal to 1",
        ),
        (BASE + "[run]\nseed = -1\n", "run.seed: must be greater than or equal to 0, but got -1"),
        (BASE + "[train]\ndata = 'a'\nmethod = 'fll'\n", "train.method: must be 'full', 'last_lay"),
        (
            BASE + GATE + "severity = 'blok'\n",
            "gate.0.severity: must be 'block' or 'warn', but got",
        ),
        (BASE + GATE + "within = [1]\n", "gate.0.within.1: must be given"),
        (BASE + GATE + "at_most = true\n", "gate.0.at_most: must be a valid number"),
        (BASE + "[data.expect]\nrows = true\n", "data.expect.rows: must be a valid integer"),
        (BASE + GATE + "at_most = 'x'\n", "gate.0.at_most: must be a valid number"),
        (BASE + "cluster = 1\n", "data.cluster: must be a valid string, but got 1"),
        (BASE + "[checks.bias]\nselection_rate = 1\n", "checks.bias.selection_rate: must be a val"),
    ],
)
def test_a_mistake_is_a_line_with_its_path(text: str, line: str) -> None:
    assert [each for each in problems(text) if each.startswith(line)]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("95", "run.confidence: must lie in (0, 1), but got 95; did you mean 0.95?"),
        ("99.9", "run.confidence: must lie in (0, 1), but got 99.9; did you mean 0.999?"),
        ("0", "run.confidence: must lie in (0, 1), but got 0"),
        ("1", "run.confidence: must lie in (0, 1), but got 1"),
        ("-0.5", "run.confidence: must lie in (0, 1), but got -0.5"),
        ("nan", "run.confidence: must lie in (0, 1), but got nan"),
    ],
)
def test_a_confidence_lies_between_0_and_1(value: str, line: str) -> None:
    assert problems(f"{BASE}[run]\nconfidence = {value}\n") == [line]


def test_all_mistakes_are_told_at_once_each_path_once() -> None:
    text = (
        BASE
        + "labl = 'y'\ncluster = 'image'\nscores = 1\n[run]\nconfidence = 95\n"
        + GATE
        + "severity = 'no'\n"
        + WAIVER.replace("m.diaz", "a.ng").replace("2027-01-31", "2028-01-31")
    )
    assert [line.partition(": ")[0] for line in problems(text)] == [
        "data.cluster",
        "data.labl",
        "data.scores",
        "gate.0.severity",
        "run.confidence",
        "waiver.0.approver",
        "waiver.0.expires",
    ]


def test_a_mistake_within_one_form_of_a_key_is_not_told_of_the_other_form() -> None:
    assert problems(BASE + "groups = { sex = 'f' }\n") == [
        "data.groups.sex: must be a valid list, but got 'f'"
    ]


def test_clustered_rows_are_refused_with_what_to_do() -> None:
    [line] = problems(BASE + "cluster = 'image'\n")
    assert "give one row for each independent answer and leave cluster out" in line


def test_features_and_drop_are_not_both_given() -> None:
    [line] = problems(BASE + "features = ['a']\ndrop = ['b']\n")
    assert line == "data: features and drop must not both be given"


@pytest.mark.parametrize(
    ("written", "instead", "line"),
    [
        (
            "Mitigation lands with version 3.",
            "too short a reason",
            "waiver.0.reason: must have at least 20 characters, but got 'too short a reason'",
        ),
        (
            "Mitigation lands with version 3.",
            " " * 40,
            f"waiver.0.reason: must have at least 20 characters, but got '{' ' * 40}'",
        ),
        ("m.diaz", "a.ng", "waiver.0.approver: must be somebody else than owner"),
        ("m.diaz", "A.Ng ", "waiver.0.approver: must be somebody else than owner"),
        ("m.diaz", " ", "waiver.0.approver: must have at least 1 character, but got ' '"),
        (
            "2027-01-31",
            "2027-05-24",
            "waiver.0.expires: must be within 180 days, by 2027-05-23, but is 2027-05-24",
        ),
        ("expires = 2027-01-31", "", "waiver.0.expires: must be given"),
        ("owner", "ceiling = nan\nowner", "waiver.0.ceiling: must be a finite number, but got nan"),
        ("gate = ", "gate = ''  # ", "waiver.0.gate: must have at least 1 character, but got ''"),
    ],
)
def test_a_waiver_is_short_reasoned_and_of_two_people(
    written: str, instead: str, line: str
) -> None:
    assert problems(BASE + WAIVER.replace(written, instead)) == [line]


@pytest.mark.parametrize("day", ["2027-05-23", "2026-11-24", "2020-01-01"])
def test_a_waiver_lasts_up_to_180_days_and_may_be_over(day: str) -> None:
    [waiver] = parsed(BASE + WAIVER.replace("2027-01-31", day)).waiver
    assert waiver.expires == dt.date.fromisoformat(day)


def test_a_gate_has_one_waiver() -> None:
    assert problems(BASE + WAIVER + WAIVER) == [
        "waiver: must hold one waiver for each gate, but 'gap' has two"
    ]


def test_a_gate_is_named_by_its_address_unless_it_has_a_name() -> None:
    config = parsed(BASE + GATE + "about = { across = 'sex' }\nnot_worse_by = 0.01\n")
    assert config.gate[0].demand().title == (
        "bias.selection_rate selection_rate across=sex versus baseline"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"[model", "audit.toml: is no TOML: ", id="not closed"),
        pytest.param(b"\xff\xfe\x00", "cannot be read as text (UnicodeDecodeError)", id="no text"),
        pytest.param(b"", "audit.toml: data: must be given", id="empty"),
    ],
)
def test_what_is_no_config_is_said_so(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "audit.toml", today=TODAY)
    assert message in str(caught.value)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_file_is_read_as_windows_writes_it(mark: bytes, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_bytes(mark + BASE.replace("\n", "\r\n").encode())
    assert read(tmp_path / "audit.toml", today=TODAY).model.name == "hiring"


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file; `audit init` writes one$"):
        read(tmp_path / "audit.toml", today=TODAY)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read as text \(IsADirectoryError\)$"):
        read(tmp_path, today=TODAY)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(BASE)
    path.chmod(0)
    with pytest.raises(ConfigError, match=r"cannot be read as text \(PermissionError\)$"):
        read(path, today=TODAY)
