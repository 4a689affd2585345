from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.demands import Demand
from audit.errors import ConfigError
from audit.probes.phrases import alike
from audit.protocol import Check, Context
from audit.results import Cause, Finding
from audit.subjects import Subject
from audit.text_predicting import text_subject
from audit_checks.robustness.invariance import Invariance
from audit_checks.robustness.perturbations import OURS
from audit_checks.robustness.templates import read_templates
from audit_checks.robustness.word_files import our_lists
from fixtures.planted.word_models import WordModel
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict

CHECK: Check = Invariance()
FAILURES = question(CHECK, "failure_rate")


def flips(probe: str) -> Any:
    return question(CHECK, "flip_rate", {"probe": probe})


def asked(function: Callable[[str], float], texts: list[str]) -> Subject:
    frame = pd.DataFrame({"text": texts, "id": [f"r{i}" for i in range(len(texts))]})
    model = WordModel(function=function)
    return audit.subject(model, frame, text="text", id="id", favorable="1")


def likes_emily(text: str) -> float:
    return 0.9 if "Emily" in text else 0.2


def constant(_: str) -> float:
    return 0.9


EVERY = "Emily doesn't wear size 12 in Paris"


# 1. by hand: 30 of 40 texts that name a person name Emily, and lose her
def test_only_texts_that_it_changes_are_counted() -> None:
    texts = ["I met Emily"] * 30 + ["I met Kevin"] * 10 + ["nobody"] * 60
    found = findings(ask(CHECK, asked(likes_emily, texts)))[flips("names")]
    assert (found.estimate.value, found.estimate.n) == (0.75, 40)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((0.5981, 0.8581), abs=1e-4)
    assert found.details["texts that it changes"] == 40
    assert found.details["texts probed"] == 100
    assert found.details["mean shift of the score"] == pytest.approx(0.75 * 0.7)


def test_what_was_put_in_its_place_is_told_with_its_flips() -> None:
    found = findings(ask(CHECK, asked(likes_emily, ["I met Emily"] * 50)))[flips("names")]
    told = found.details["swapped"]
    assert {each["from"] for each in told} == {"Emily"}
    assert {each["flips"] - each["texts"] for each in told} == {0}


def test_several_draws_of_a_text_are_one_number_of_it() -> None:
    found = findings(ask(Invariance(draws=5), asked(likes_emily, ["I met Emily"] * 50)))
    assert found[flips("names")].estimate.n == 50
    assert found[flips("names")].details["variants"] == 250


# 2. properties
@settings(max_examples=8)
@given(st.permutations(range(30)))
def test_the_order_of_the_rows_changes_nothing(order: list[int]) -> None:
    frame = pd.DataFrame(
        {"text": [f"{EVERY} {i}" for i in range(30)], "id": [f"id {i}" for i in range(30)]}
    )
    model = WordModel(function=lambda text: 0.9 if "13" in text or "Olivia" in text else 0.2)
    one, other = (
        estimates(ask(CHECK, audit.subject(model, each, text="text", id="id", favorable="1")))
        for each in (frame, frame.iloc[order])
    )
    assert one == other


def test_a_model_that_reads_nothing_never_flips_and_has_a_width() -> None:
    found = estimates(ask(CHECK, asked(constant, [EVERY] * 50)))
    assert {question.about["probe"] for question in found} == {*OURS}
    for each in found.values():
        assert each.value == each.low == 0 < each.high == each.attainable
        assert each.flawless == 0


@pytest.mark.parametrize(
    "name", ["names", "places", "contractions", "additions", "synonyms", "kept"]
)
def test_our_lists_say_where_they_are_from_and_hold_no_word_twice(name: str) -> None:
    lists = our_lists(name)
    assert lists.source.startswith("Chosen by us")
    [groups] = lists.sets.values()
    assert alike(groups) == []


# 3. edges
def test_a_change_that_no_text_has_is_no_evidence() -> None:
    record = ask(CHECK, asked(constant, ["nothing here"] * 20))
    assert {q.about["probe"] for q in findings(record)} == {"additions"}
    assert refusals(record)[flips("names")].text == (
        "no text holds anything that the probe names changes"
    )
    demand = Demand(check=CHECK.id, metric="flip_rate", about=flips("names").about, at_most=0.9)
    assert verdict(CHECK, asked(constant, ["nothing here"] * 20), demand) == "inconclusive"


def test_one_text_has_no_interval() -> None:
    found = refusals(ask(CHECK, asked(constant, ["I met Emily", "nobody"])))
    assert found[flips("names")].text == "needs at least 2 rows, but got 1"


def test_a_model_that_raises_is_named_without_its_text() -> None:
    def fragile(text: str) -> float:
        if "Emily" not in text:
            raise ValueError(text)
        return 0.9

    record = ask(CHECK, asked(fragile, ["Emily was here"] * 9))
    found = refusals(record)[flips("names")]
    assert found.cause is Cause.NEED
    assert found.text == "the model does not answer texts of the probe names: ValueError"
    assert flips("additions") in findings(record)


@pytest.mark.parametrize("role", ["weight", "count"])
def test_amounts_are_not_measured_yet(role: str) -> None:
    roles: dict[str, Any] = {role: "amount"}
    table = read_frame(pd.DataFrame({"text": [EVERY] * 9, "amount": 2}))
    record = ask(
        CHECK,
        text_subject(
            WordModel(function=constant), table, Roles(text="text", favorable=("1",), **roles)
        ),
    )
    assert not findings(record)
    assert all("of weighted rows is not defined yet" in r.text for r in refusals(record).values())


@pytest.mark.parametrize(
    ("given_settings", "words"),
    [
        ({"probes": ("name",)}, "did you mean 'names'"),
        ({"rows": 0}, "rows, draws and cases must be at least 1"),
        ({"draws": 0}, "rows, draws and cases must be at least 1"),
        ({"probes": ()}, "there must be probes, substitutions or templates"),
    ],
)
def test_settings_that_change_nothing_are_refused(
    given_settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Invariance(**given_settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sets = [", "must be TOML"),
        ('[sets]\nx = [["a", "b"]]', "source must say where the words are from"),
        ('source = "s"', r"\[sets\] must hold at least one name"),
        ('source = "s"\n[sets]\nx = [["a"]]', "sets.x must be a list of groups"),
        ('source = "s"\n[sets]\nx = [["a", "A"]]', "at least two different words"),
        ('source = "s"\n[sets]\nx = ["a", "b"]', "sets.x must be a list of groups"),
        ('source = "s"\n[sets]\nx = [["a", "b"], ["b", "c"]]', "'b' in several"),
        ('sourc = "s"\n[sets]\nx = [["a", "b"]]', "did you mean 'source'"),
        ('source = "s"\n[sets]\nnames = [["a", "b"]]', "a set must have a name of its own"),
    ],
)
def test_a_bad_file_of_substitutions_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "words.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        Invariance(substitutions=str(path))


def test_a_set_of_the_users_own_is_a_change_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text('source = "our shop"\n[sets]\nbrands = [["Acme", "Globex"]]\n')
    of = asked(lambda text: 0.9 if "Acme" in text else 0.2, ["Acme made it"] * 30)
    found = findings(ask(Invariance(probes=(), substitutions=str(path)), of))
    assert {q.about["probe"] for q in found} == {"brands"}
    assert found[flips("brands")].estimate.value == 1
    assert found[flips("brands")].details["source"] == "our shop"


# templates
GOOD = """
source = "our testers"
[fills]
item = ["dress", "shirt"]
kind = ["lovely", "great", "soft"]
[[templates]]
text = "the {item} is {kind}"
label = 1
[[templates]]
text = "nothing is {kind}"
label = "1"
[[templates]]
text = "the {item} came"
[[templates]]
text = "my {item} and another {item}"
"""


def of_templates(tmp_path: Path, text: str = GOOD, **more: Any) -> Invariance:
    path = tmp_path / "templates.toml"
    path.write_text(text)
    return Invariance(probes=(), templates=str(path), **more)


def test_failures_are_the_mean_over_the_templates(tmp_path: Path) -> None:
    of = asked(lambda text: 0.9 if "dress" in text else 0.2, ["a dress", "a shirt"])
    found = findings(ask(of_templates(tmp_path), of))
    failures, flipped = found[FAILURES], found[flips("templates")]
    assert (failures.estimate.value, failures.estimate.n) == ((0.5 + 1) / 2, 2)
    assert failures.details["cases"] == 6 + 3
    assert failures.details["templates"][0] == {
        "template": "nothing is {kind}",
        "cases": 3,
        "failures": 1.0,
    }
    assert (flipped.estimate.value, flipped.estimate.n) == (0.5, 2)
    assert failures.estimate.low < 0.75 < failures.estimate.high


def test_the_same_slot_is_filled_alike(tmp_path: Path) -> None:
    path = tmp_path / "templates.toml"
    path.write_text(GOOD)
    *_, last = read_templates(str(path))
    assert last.cases(10, 0) == ["my dress and another dress", "my shirt and another shirt"]


def test_fillings_are_drawn_where_there_are_many(tmp_path: Path) -> None:
    path = tmp_path / "templates.toml"
    path.write_text(GOOD)
    first, *_ = read_templates(str(path))
    some = first.cases(4, 0)
    assert 1 <= len(set(some)) == len(some) <= 4
    assert {*some} < {*first.cases(6, 0)}
    assert some == first.cases(4, 0)


def test_one_template_has_no_interval(tmp_path: Path) -> None:
    text = 'source = "s"\n[[templates]]\ntext = "a dress"\nlabel = 1\n'
    found = refusals(ask(of_templates(tmp_path, text), asked(constant, ["a", "b"])))
    assert found[FAILURES].text == "needs at least 2 templates, but got 1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("templates = [", "must be TOML"),
        ('source = "s"', "there must be at least one"),
        ('[[templates]]\ntext = "a"\nlabel = 1', "source must say where the templates are from"),
        ('source = "s"\n[[templates]]\ntxt = "a"', "template 1: text must be a sentence"),
        ('source = "s"\n[[templates]]\ntext = "a"', "must have a label or a slot"),
        ('source = "s"\n[[templates]]\ntext = "{item}"', "fills must hold 'item'"),
        ('source = "s"\n[fills]\nx = []\n[[templates]]\ntext = "{x}"', "fills.x must be a list"),
        ('source = "s"\n[[templates]]\ntext = "a"\nlabel = 1\nlable = 1', "there is no 'lable'"),
        ('source = "s"\n[[templates]]\ntext = "a"\nlabel = [1]', "label must be a class"),
    ],
)
def test_a_bad_file_of_templates_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        of_templates(tmp_path, text)


def test_a_label_that_the_model_does_not_know_is_named(tmp_path: Path) -> None:
    check = of_templates(tmp_path, GOOD.replace('"1"', '"7"'))
    with pytest.raises(ConfigError, match="label must be of 0, 1, but got '7'"):
        ask(check, asked(constant, ["a", "b"]))


def test_texts_are_shown_only_where_they_may_be() -> None:
    of = asked(likes_emily, ["Emily, secretly"] * 30)
    for examples in (True, False):
        context = Context(
            rng=np.random.default_rng(0),
            confidence=0.95,
            metrics=frozenset({"flip_rate"}),
            examples=examples,
        )
        found = [a for a in CHECK.measure(of, context) if isinstance(a, Finding)]
        assert ("secretly" in repr(found)) == examples
        [names] = [a for a in found if a.question == flips("names")]
        assert len(names.details.get("examples", ())) == (5 if examples else 0)


# 4. and 5. the planted pair, and its power: a model that reads a name in one of ten texts
LIMIT = Demand(check=CHECK.id, metric="flip_rate", about=flips("names").about, at_most=0.05)


def by_name(seed: int, *, flawed: bool) -> Subject:
    drawn = np.random.default_rng(seed).random(500) < 0.15
    texts = [f"I met {'Emily' if each else 'Hannah'} {i}" for i, each in enumerate(drawn)]
    return asked(likes_emily if flawed else (lambda text: 0.9 if "I" in text else 0.2), texts)


@pytest.mark.parametrize("seed", range(10))
def test_a_model_that_reads_names_fails_and_its_twin_passes(seed: int) -> None:
    assert verdict(CHECK, by_name(seed, flawed=True), LIMIT) == "fail"
    assert verdict(CHECK, by_name(seed, flawed=False), LIMIT) == "pass"


@pytest.mark.slow
@pytest.mark.parametrize("draws", [1, 3])
@pytest.mark.parametrize("share", [0.05, 0.3])
@pytest.mark.parametrize("n", [50, 200])
def test_the_interval_holds_the_truth(n: int, share: float, draws: int) -> None:
    held = []
    for seed in range(300):
        drawn = np.random.default_rng([seed, n]).random(n) < share
        of = asked(
            likes_emily,
            [f"I met {'Emily' if each else 'Brian'} {i}" for i, each in enumerate(drawn)],
        )
        found = estimates(ask(Invariance(probes=("names",), draws=draws), of))[flips("names")]
        held.append(found.low <= share <= found.high)
    assert np.mean(held) >= 0.92  # 300 draws have a standard error of .013


@pytest.mark.slow
def test_the_interval_over_templates_holds_the_truth(tmp_path: Path) -> None:
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hard = rng.random(30) < 0.3  # templates of which every filling fails: few numbers, not many
        lines = ['source = "s"', "[fills]", 'x = ["a", "b", "c", "d"]']
        for at, each in enumerate(hard):
            lines += [
                "[[templates]]",
                f'text = "{"hard" if each else "easy"} {at} {{x}}"',
                "label = 1",
            ]
        check = of_templates(tmp_path, "\n".join(lines))
        of = asked(lambda text: 0.2 if "hard" in text else 0.9, ["hard", "easy"])
        found = estimates(ask(check, of))[FAILURES]
        held.append(found.low <= 0.3 <= found.high)
    assert np.mean(held) >= 0.91
