from typing import Any

import pytest

from audit.pairs import Paired, pair
from audit.subjects import Baseline
from tests.audit.asking import units

ROLES: dict[str, Any] = {"label": "y", "prediction": "yhat", "id": "id"}
BEFORE = {"id": [1, 2, 3, 4], "y": [1, 0, 1, 0], "yhat": [1, 1, 1, 0]}


def paired(now: dict[str, Any], before: dict[str, Any] | None = None) -> Paired:
    found = pair(units(now, **ROLES), Baseline(units=units(before or BEFORE, **ROLES)))
    assert isinstance(found, Paired)
    return found


@pytest.mark.parametrize("ids", [[4, 3, 2, 1], ["4", "3", "2", "1"], [4.0, 3.0, 2.0, 1.0]])
def test_rows_find_each_other_by_id_in_any_order_and_type(ids: list[Any]) -> None:
    found = paired({"id": ids, "y": [0, 1, 0, 1], "yhat": [0, 0, 0, 1]})
    assert (found.lost, found.new) == (0, 0)
    right_now = (found.now == found.label).tolist()
    right_before = (found.before == found.label).tolist()
    assert sorted(zip(right_now, right_before, strict=True)) == [
        (False, True),
        (True, False),
        (True, True),
        (True, True),
    ]


def test_what_was_lost_is_counted_and_what_is_new_does_not_enter() -> None:
    found = paired({"id": [1, 2, 9], "y": [1, 0, 1], "yhat": [1, 0, 1]})
    assert (found.lost, found.new, len(found.label)) == (2, 1, 2)
    assert (found.lost_label == found.lost_before).tolist() == [True, True]


@pytest.mark.parametrize(
    ("now", "before", "reason"),
    [
        pytest.param(
            {"id": [7, 8], "y": [1, 0], "yhat": [1, 0]}, BEFORE, "no id in common", id="ids"
        ),
        pytest.param(BEFORE, {"id": [1, 2], "yhat": [1, 0]}, "no labels", id="no labels"),
    ],
)
def test_what_cannot_be_paired_is_said(
    now: dict[str, Any], before: dict[str, Any], reason: str
) -> None:
    roles = {role: column for role, column in ROLES.items() if column in before}
    said = pair(units(now, **ROLES), Baseline(units=units(before, **roles)))
    assert isinstance(said, str)
    assert reason in said


def test_without_ids_only_the_very_same_rows_are_paired() -> None:
    roles = {"label": "y", "prediction": "yhat"}
    same, other = units(BEFORE, **roles), units({**BEFORE, "yhat": [0, 0, 0, 0]}, **roles)
    assert isinstance(pair(same, Baseline(units=same)), Paired)
    assert pair(same, Baseline(units=other)) == "no id column, and the files differ"


def test_without_predictions_the_reason_of_the_baseline_is_given() -> None:
    now = units(BEFORE, **ROLES)
    assert pair(now, Baseline(why_not="the predecessor kept no predictions")) == (
        "the predecessor kept no predictions"
    )
