import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import audit
from audit.demands import Demand
from audit.protocol import Check
from audit.stats.counts import Count
from audit.stats.proportions import rate
from audit.subjects import Subject
from audit_checks.data.quality import Quality
from fixtures.planted.word_models import SpaceModel, WordModel
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict

CHECK: Check = Quality()
CUT = question(CHECK, "truncated_share")
UNKNOWN = question(CHECK, "unknown_token_share")
MOST = 5


def read(*texts: str, **columns: list[int]) -> Subject:
    known = SpaceModel(function=lambda _: 0.5, vocabulary=frozenset(["good", "dress"]), most=MOST)
    frame = pd.DataFrame({"text": texts, "id": range(len(texts))} | columns)
    return audit.subject(known, frame, text="text", id="id")


# 1. by hand: two of four are longer than five words; shares 0, 1/2, 1, 1/6
def test_both_shares_are_counted_by_the_text() -> None:
    of = read("good", "good x", "x x x x x x", "good dress good dress good x")
    told = estimates(ask(CHECK, of))
    assert (told[CUT].value, told[CUT].low) == (0.5, rate(Count(k=2, n=4), level=0.95).low)
    assert told[UNKNOWN].value == pytest.approx((0 + 1 / 2 + 1 + 1 / 6) / 4)
    assert findings(ask(CHECK, of))[UNKNOWN].details == {"tokens": 15, "unknown tokens": 8}


# 2. properties
@given(st.lists(st.sampled_from(["good", "good x", "x " * 9]), min_size=2, max_size=20))
def test_shares_are_shares_and_have_a_width(texts: list[str]) -> None:
    told = estimates(ask(CHECK, read(*texts)))
    for each in (told[CUT], told[UNKNOWN]):
        assert 0 <= each.low <= each.value <= each.high <= 1
        assert each.low < each.high


def test_a_text_that_repeats_is_a_duplicate_whatever_stands_beside_it() -> None:
    of = read("good", "good", "x", other=[1, 2, 3])
    assert estimates(ask(CHECK, of))[question(CHECK, "duplicate_share")].value == 1 / 3


# 3. edges
def test_a_model_whose_tokens_are_not_known_is_not_asked() -> None:
    frame = pd.DataFrame({"text": ["a", "b"], "id": [1, 2]})
    of = audit.subject(WordModel(function=lambda _: 0.5), frame, text="text", id="id")
    record = ask(CHECK, of)
    assert CUT not in findings(record)


def test_a_table_has_no_tokens() -> None:
    of = audit.predictions(pd.DataFrame({"x": [1, 2]}))
    assert refusals(ask(CHECK, of))[CUT].params == {"needs": "a model of texts"}


def test_one_text_is_too_few() -> None:
    assert refusals(ask(CHECK, read("good")))[CUT].params == {"least": "2", "rows": "1"}


# 4. the planted pair: a fifth in a language that the tokenizer does not know
@pytest.mark.parametrize(("strange", "said"), [(80, "fail"), (0, "pass")])
def test_a_strange_language_fails_and_the_twin_passes(strange: int, said: str) -> None:
    of = read(*["这条裙子很好"] * strange, *["good dress"] * (400 - strange))
    demand = Demand(check=CHECK.id, metric=UNKNOWN.metric, at_most=0.05)
    assert verdict(CHECK, of, demand) == said
