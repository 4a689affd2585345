import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from audit import ConfigError
from audit.config import Config, parse, read

TODAY = dt.date(2026, 11, 24)
CONTRACT = Path(__file__).parents[1] / "references" / "audit.toml"
SMALL = """
[model]
name = "m"
version = "1"
[data]
test = "t.csv"
"""
GATE = """
[[gate]]
check = "bias.selection_rate"
metric = "demographic_parity_ratio"
at_least = 0.8
"""
WAIVER = """
[[waiver]]
gate = "four-fifths"
reason = "Mitigation lands with version 3."
owner = "a.ng"
approver = "m.diaz"
expires = 2027-01-31
ceiling = 0.72
"""


def parsed(text: str) -> Config:
    return parse(tomllib.loads(text), name="audit.toml", today=TODAY)


def test_the_audit_file_of_the_contract_is_read() -> None:
    config = read(CONTRACT, today=TODAY)
    roles = config.data.roles()
    assert roles.groups == {"race": ("white", "black", "hispan"), "sex": ("female", "male")}
    assert roles.bands == {"age": (30.0, 45.0, 60.0)}
    assert (roles.favorable, roles.intersections) == (("1",), (("race", "sex"),))
    [gate] = config.gate
    assert gate.demand().about == {"across": "race"}
    assert config.check_settings() == {"bias.selection_rate": {}}
    assert config.waiver[0].waiver().ceiling == 0.72


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(SMALL + 'lable = "y"', r"data\.lable: .*did you mean 'label'", id="key"),
        pytest.param(SMALL + "[runn]", "runn: .*did you mean 'run'", id="table"),
        pytest.param(
            SMALL + GATE.replace("at_least", "at_leest"),
            r"gate\.0\.at_leest: .*did you mean 'at_least'",
            id="key of a gate",
        ),
        pytest.param("[data]\ntest = 't'", "model: must be given", id="no model"),
        pytest.param(SMALL.replace('name = "m"', ""), r"model\.name: must be given", id="no name"),
        pytest.param(
            SMALL + "[run]\nconfidence = 95", "confidence: .*did you mean 0.95", id="percent"
        ),
        pytest.param(SMALL + "[run]\nconfidence = 1.0", r"must lie in \(0, 1\)", id="certainty"),
        pytest.param(SMALL + "[run]\nseed = -1", r"run\.seed", id="a negative seed"),
        pytest.param(SMALL + 'cluster = "c"', "leave cluster out", id="cluster"),
        pytest.param(
            SMALL + 'features = ["a"]\ndrop = ["b"]', "must not both be given", id="both lists"
        ),
        pytest.param(SMALL + "[data.expect]\nrows = 0", r"data\.expect\.rows", id="no rows"),
        pytest.param(
            SMALL + GATE + 'severity = "blok"', r"gate\.0\.severity.*'blok'", id="severity"
        ),
        pytest.param(SMALL + GATE.replace("0.8", "'x'"), r"gate\.0\.at_least", id="text"),
        pytest.param(
            SMALL + WAIVER.replace("Mitigation lands with version 3.", "soon"),
            r"waiver\.0\.reason",
            id="a short reason",
        ),
        pytest.param(
            SMALL + WAIVER.replace("m.diaz", "a.ng"), "somebody else than owner", id="one person"
        ),
        pytest.param(
            SMALL + WAIVER.replace("expires = 2027-01-31\n", ""),
            r"waiver\.0\.expires: must be given",
            id="no expiry",
        ),
        pytest.param(
            SMALL + WAIVER.replace("2027-01-31", "2027-06-01"),
            "within 180 days, by 2027-05-23",
            id="a long waiver",
        ),
        pytest.param(SMALL + WAIVER + WAIVER, "one waiver for each gate", id="two waivers"),
    ],
)
def test_a_mistake_is_named_by_its_path(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parsed(text)


def test_all_mistakes_are_named_at_once() -> None:
    text = SMALL + 'lable = "y"\n[run]\nconfidence = 95\n' + GATE + 'severity = "x"'
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("write", "message"),
    [
        pytest.param(None, "there is no such file", id="missing"),
        pytest.param(b"model = [", "is no TOML", id="no TOML"),
        pytest.param(b"\xff\xfe\x00", "cannot be read as text", id="binary"),
    ],
)
def test_a_file_that_is_no_audit_file_is_one_sentence(
    tmp_path: Path, write: bytes | None, message: str
) -> None:
    path = tmp_path / "audit.toml"
    if write is not None:
        path.write_bytes(write)
    with pytest.raises(ConfigError, match=message):
        read(path, today=TODAY)


def test_a_folder_is_no_audit_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path, today=TODAY)


@pytest.mark.parametrize(
    ("written", "level"), [("1", "1"), ("1.0", "1"), ('"1"', "1"), ("true", "true")]
)
def test_a_level_is_text_however_it_is_written(written: str, level: str) -> None:
    config = parsed(SMALL + f"favorable = {written}\n[data.groups]\ng = [{written}]")
    assert config.data.roles().favorable == (level,)
    assert config.data.roles().groups == {"g": (level,)}


@pytest.mark.parametrize(
    ("scores", "columns", "classes"),
    [
        ('"p"', ("p",), ()),
        ('["a", "b"]', ("a", "b"), ()),
        ('{ no = "a", yes = "b" }', ("a", "b"), ("no", "yes")),
    ],
)
def test_scores_are_one_column_or_one_a_class(
    scores: str, columns: tuple[str, ...], classes: tuple[str, ...]
) -> None:
    roles: Any = parsed(SMALL + f"scores = {scores}").data.roles()
    assert (roles.scores, roles.score_classes) == (columns, classes)
