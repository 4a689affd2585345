from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.pairs import Paired, pair, paired_scores
from audit.subjects import Baseline
from audit.units import Units, units_of
from tests.audit.asking import units

ROLES: dict[str, Any] = {"label": "y", "prediction": "yhat", "id": "id"}


def version(ids: Sequence[Any], answers: str, labels: str = "") -> Units:
    columns = {"id": list(ids), "yhat": list(answers), "y": list(labels or "a" * len(answers))}
    return units(columns, **ROLES)


def pairs(now: Units, before: Units) -> Paired:
    found = pair(now, Baseline(name="before", units=before))
    assert isinstance(found, Paired), found
    return found


def reason(now: Units, before: Units | None) -> str:
    found = pair(now, Baseline(name="before", units=before, why_not="it kept no predictions"))
    assert isinstance(found, str)
    return found


def answers(found: Paired) -> list[tuple[int, int, int]]:
    columns = (found.label, found.now, found.before)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_the_same_ids_are_paired_in_whatever_order() -> None:
    found = pairs(version("xyz", "aba", "aab"), version("zxy", "bab", "baa"))
    assert found.classes == ("a", "b")
    assert answers(found) == [(0, 0, 0), (0, 1, 1), (1, 0, 1)]
    assert (found.lost, found.new) == (0, 0)
    assert (found.rows_now.tolist(), found.rows_before.tolist()) == ([0, 1, 2], [1, 2, 0])


def test_a_lost_id_is_kept_with_what_the_predecessor_answered() -> None:
    found = pairs(version("xy", "ab", "ab"), version("xyz", "abb", "aba"))
    assert (found.lost, found.new, len(found.label)) == (1, 0, 2)
    assert (found.lost_label.tolist(), found.lost_before.tolist()) == ([0], [1])


def test_an_id_that_is_new_does_not_enter() -> None:
    found = pairs(version("wxy", "bab", "aab"), version("xy", "ab"))
    assert (found.lost, found.new, len(found.label)) == (0, 1, 2)


def test_an_answer_that_is_no_class_now_is_none_of_them() -> None:
    found = pairs(version("xy", "ab", "ab"), version("xy", "ca", "ab"))
    assert found.before.tolist() == [-1, 0]


def test_versions_without_a_class_in_common_are_paired_all_the_same() -> None:
    found = pairs(version("xy", "ab", "ab"), version("xyz", "cdc", "cdc"))
    assert (found.before.tolist(), found.lost_label.tolist()) == ([-1, -1], [-1])


@pytest.mark.parametrize("now", [[3, 1, 2], [3.0, 1.0, 2.0], ["3", "1", "2"]], ids=str)
@pytest.mark.parametrize("before", [[1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"]], ids=str)
def test_an_id_is_the_same_as_a_number_and_as_text(now: list[Any], before: list[Any]) -> None:
    found = pairs(version(now, "aba", "aba"), version(before, "bab", "bab"))
    assert answers(found) == [(0, 0, 1), (1, 1, 1), (0, 0, 0)]


ANSWERS = st.dictionaries(st.integers(0, 9), st.sampled_from("ab")).map(lambda d: {**d, 10: "a"})


@settings(max_examples=30)
@given(ANSWERS, ANSWERS)
def test_every_id_is_paired_or_lost_or_new(now: dict[int, str], before: dict[int, str]) -> None:
    now[11] = "b"
    found = pairs(*(version([*each], "".join(each.values())) for each in (now, before)))
    assert len(found.label) == len(now.keys() & before.keys())
    assert found.lost == len(before.keys() - now.keys())
    assert found.new == len(now.keys() - before.keys())
    assert found.before.tolist() == ["ab".index(before[i]) for i in now if i in before]


def test_without_ids_the_rows_of_one_table_are_paired_by_position() -> None:
    frame = pd.DataFrame({"y": [1, 0, 1], "yhat": [1, 1, 0]})
    both = [units_of(read_frame(frame), Roles(label="y", prediction="yhat")) for _ in range(2)]
    found = pairs(*both)
    assert answers(found) == [(1, 1, 1), (0, 1, 1), (1, 0, 0)]


def test_without_ids_other_files_are_not_paired() -> None:
    one = units({"y": [1, 0], "yhat": [1, 1]}, label="y", prediction="yhat")
    other = units({"y": [1, 0], "yhat": [1, 0]}, label="y", prediction="yhat")
    assert reason(one, other) == "no id column, and the files differ"


def test_without_ids_and_without_a_digest_nothing_is_paired() -> None:
    lazy = duckdb.sql("select 1 as y, 1 as yhat")
    both = [units_of(read_frame(lazy), Roles(label="y", prediction="yhat")) for _ in range(2)]
    assert reason(*both) == "no id column, and the files differ"


@pytest.mark.parametrize("side", ["now", "before"])
def test_an_id_on_one_side_only_is_not_enough(side: str) -> None:
    columns = {"id": [1, 2], "y": [1, 0], "yhat": [1, 1]}
    with_id, without = units(columns, **ROLES), units(columns, label="y", prediction="yhat")
    both = (with_id, without) if side == "now" else (without, with_id)
    assert reason(*both) == "no id column, and the files differ"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        pytest.param(None, "it kept no predictions", id="no predictions"),
        pytest.param(
            units({"id": ["x"], "yhat": ["a"]}, id="id", prediction="yhat"),
            "the predecessor has no labels and predictions",
            id="no labels",
        ),
        pytest.param(version("uv", "ab"), "no id in common with the predecessor", id="other ids"),
        pytest.param(
            units({"id": ["x"], "yhat": ["a"], "y": ["a"], "w": [2.0]}, **ROLES, weight="w"),
            "paired differences of weighted rows are not defined yet",
            id="weights",
        ),
        pytest.param(
            units({"id": ["x"], "yhat": ["a"], "y": ["a"], "n": [2]}, **ROLES, count="n"),
            "paired differences of weighted rows are not defined yet",
            id="frequencies",
        ),
    ],
)
def test_what_cannot_be_paired_says_why(before: Units | None, why: str) -> None:
    assert reason(version("xy", "ab"), before) == why


def scored(ids: str, scores: list[float], **roles: Any) -> Units:
    columns = {"id": list(ids), "y": [0, 1], "yhat": [0, 1], "p": scores}
    return units(columns, **ROLES, scores=("p",), **roles)


def test_the_scores_of_both_versions_are_put_side_by_side() -> None:
    now, before = scored("xy", [0.1, 0.9]), scored("yx", [0.8, 0.2])
    found = paired_scores(now, before, pairs(now, before), now.targets[0])
    assert not isinstance(found, str)
    assert [each.tolist() for each in found] == [[0.1, 0.9], [0.2, 0.8]]


def test_scores_of_other_classes_are_not_compared() -> None:
    now, plain = scored("xy", [0.1, 0.9]), version("xy", "01", "01")
    found = paired_scores(now, plain, pairs(now, plain), now.targets[0])
    assert found == "the predecessor kept no scores"
    other = scored("xy", [0.8, 0.2], favorable=("0",))
    found = paired_scores(now, other, pairs(now, other), now.targets[0])
    assert found == "the predecessor's scores are of another favourable class"
    two = units(
        {"id": ["x", "y"], "y": ["a", "b"], "yhat": ["a", "b"], "p": [0.5, 0.5], "q": [0.5, 0.5]},
        **ROLES,
        scores=("p", "q"),
    )
    found = paired_scores(now, two, pairs(now, two), now.targets[0])
    assert found == "the predecessor has no score for the same classes"
