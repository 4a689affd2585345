import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

import audit
from audit import ConfigError, SubjectError, jobs
from audit.jobs import Loaded, Options
from audit.runner import run

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
CONFIG = """
[model]
name = "hiring"
version = "2"
owner = "people@example.org"
{model}
[data]
test = "test.csv"
reference = "train.csv"
label = "y"
prediction = "yhat"
scores = "p"
id = "id"
groups = ["sex"]
{data}
[checks.bias.selection_rate]
[checks.performance.classification]
{more}
"""
TEST = "id,y,yhat,p,sex\n1,1,1,0.9,f\n2,0,0,0.2,m\n3,1,0,0.4,f\n4,0,1,0.7,\n"
WITH_MORE = "id,y,yhat,p,sex,p2\n1,1,1,0.9,f,0\n2,0,0,0.2,m,0\n"
TRAIN = "sex\nf\nm\nm\n"
GATE = '[[gate]]\ncheck = "{check}"\nmetric = "{metric}"\nname = "{name}"\nat_least = 0.1\n'
WAIVER = """
[[waiver]]
gate = "{gate}"
reason = "Mitigation lands with version 3."
owner = "a.ng"
approver = "m.diaz"
expires = 2027-01-31
"""


def load(
    folder: Path,
    options: Options | None = None,
    *,
    model: str = "",
    data: str = "",
    more: str = "",
    test: str = TEST,
    train: str = TRAIN,
) -> Loaded:
    (folder / "audit.toml").write_text(CONFIG.format(model=model, data=data, more=more))
    (folder / "test.csv").write_text(test)
    (folder / "train.csv").write_text(train)
    return jobs.load(folder / "audit.toml", options or Options(), now=NOW)


def test_a_config_becomes_a_job(tmp_path: Path) -> None:
    loaded = load(tmp_path, data="[data.expect]\nrows = 4", more="[run]\nseed = 3")
    job = loaded.job
    assert [check.id for check in job.checks] == [
        "bias.selection_rate",
        "performance.classification",
    ]
    assert (job.model.name, job.model.version, job.model.owner) == (
        "hiring",
        "2",
        "people@example.org",
    )
    assert (job.expected_rows, job.today, job.provenance.seed) == (4, NOW.date(), 3)
    assert job.subject.baseline is None
    assert loaded.content == (tmp_path / "audit.toml").read_bytes()
    assert {each.id for each in job.not_asked}.isdisjoint(check.id for check in job.checks)
    run(job)


def test_the_data_that_were_used_are_told_with_their_groups(tmp_path: Path) -> None:
    used = load(tmp_path).job.data
    test, reference = used.parts
    assert (test.role, test.source, test.rows) == ("test", "test.csv", 4)
    assert (reference.role, reference.source, reference.rows) == ("reference", "train.csv", 3)
    assert "label: y" in test.columns
    assert reference.columns == ("groups: sex",)
    [sex] = used.groups
    assert ([(each.level, each.rows, each.judged) for each in sex.levels], sex.missing) == (
        [("f", 2, True), ("m", 1, True)],
        1,
    )


@pytest.mark.parametrize("texts", [True, False])
def test_what_tells_languages_is_recorded_where_there_are_texts(*, texts: bool) -> None:
    frame = pd.DataFrame({"review": ["It fits well", "It is too long"], "yhat": [1, 0]})
    subject = audit.predictions(frame, prediction="yhat", text="review" if texts else "")
    told = jobs.provenance(0, 0.95, now=NOW, subject=subject).versions
    assert ("py3langid" in told) is texts


def test_a_reference_needs_no_answers(tmp_path: Path) -> None:
    reference = load(tmp_path).job.subject.reference
    assert reference is not None
    assert (reference.roles.label, reference.roles.scores, reference.roles.id) == ("", (), "")
    assert reference.groups["sex"].rows == {"f": 1, "m": 2}


def test_a_reference_is_judged_by_the_levels_under_test(tmp_path: Path) -> None:
    loaded = load(tmp_path, data='drop = ["p2"]', train="sex\nx\nx\n", test=WITH_MORE)
    reference = loaded.job.subject.reference
    assert reference is not None
    assert reference.groups["sex"].judged == ("f", "m")
    assert reference.roles.drop == ()


def test_problems_of_test_and_reference_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(SubjectError) as caught:
        load(tmp_path, test=TEST.replace("0.4", "1.4"), train="gender\nf\n")
    first, second = str(caught.value).splitlines()
    assert first.startswith("test.csv: score 'p' must lie in [0, 1]")
    assert second.startswith("train.csv: there is no column 'sex' for groups among its 1; ")


def test_a_reference_may_lack_a_column_that_the_rows_under_test_must_have(tmp_path: Path) -> None:
    with pytest.raises(SubjectError) as caught:
        load(tmp_path, data='time = "when"')
    assert str(caught.value) == (
        "test.csv: there is no column 'when' for time among its 5; is the first line its header?"
    )


def test_a_file_is_looked_for_beside_the_config(tmp_path: Path) -> None:
    with pytest.raises(SubjectError) as caught:
        load(tmp_path, data="", test="", train="")
    first, second = str(caught.value).splitlines()
    assert (first, second) == tuple(
        f"{name}: {name} is empty; it must hold a header and rows"
        for name in ("test.csv", "train.csv")
    )


def test_logged_predictions_beside_a_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "serving.py").write_text("def predict(rows):\n    return rows['p']\n")
    with pytest.raises(SubjectError, match="prediction and scores must be left out where there"):
        load(tmp_path, model='path = "serving:predict"')


def test_only_a_check_that_is_asked_for_can_be_run_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'bias\.selection_rate'\?$"):
        load(tmp_path, Options(only=("bias.selection_rat",)))
    with pytest.raises(ConfigError, match=r"^--only: no check 'data\.quality' is asked for"):
        load(tmp_path, Options(only=("data.quality",)))


def test_a_check_alone_takes_its_gates_and_their_waivers_along(tmp_path: Path) -> None:
    gates = (
        ("bias.selection_rate", "demographic_parity_ratio", "parity"),
        ("performance.classification", "accuracy", "right"),
    )
    more = "".join(GATE.format(check=c, metric=m, name=n) for c, m, n in gates)
    more += WAIVER.format(gate="parity") + WAIVER.format(gate="right")
    job = load(tmp_path, Options(only=("bias.selection_rate",)), more=more).job
    assert [check.id for check in job.checks] == ["bias.selection_rate"]
    assert [demand.name for demand in job.demands] == ["parity"]
    assert [waiver.gate for waiver in job.waivers] == ["parity"]
    assert job.only == ("bias.selection_rate",)


def test_a_waiver_for_a_gate_that_nobody_knows_is_kept_to_be_refused(tmp_path: Path) -> None:
    job = load(tmp_path, Options(only=("bias.selection_rate",)), more=WAIVER.format(gate="x")).job
    assert [waiver.gate for waiver in job.waivers] == ["x"]
    with pytest.raises(ConfigError, match="'x'"):
        run(job)


def test_every_check_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    more = "[checks.bias.selection_rat]\n[checks.data.quality]\nnear_uniqe_from = 1\n"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, more=more)
    first, second = str(caught.value).splitlines()
    assert "no check 'bias.selection_rat'; did you mean 'bias.selection_rate'?" in first
    assert "checks.data.quality.near_uniqe_from: there is no such setting; did you mean" in second


def test_a_bundle_that_is_named_and_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^baseline\.bundle: old: there is no bundle there$"):
        load(tmp_path, more='[baseline]\nbundle = "old"\n')
    with pytest.raises(ConfigError):
        load(tmp_path, Options(baseline=tmp_path / "old"))
