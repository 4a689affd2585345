import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from audit import SubjectError
from audit.inputs import Feature
from audit.training.mitigation import search
from audit.training.settings import Constraint, TableSettings
from audit.training.tables import train_tables
from tests.audit.training.applications import QUICK, Applications, applications, trained

ROWS = applications(600)
GRID = replace(QUICK, mitigation="grid_search", grid_size=5, grid_limit=1.0, protected="group")


def gap(given: Applications, decisions: np.ndarray[Any, Any]) -> float:
    rates = [decisions[given.levels == level].mean() for level in (0, 1)]
    return float(abs(rates[0] - rates[1]))


def with_proxy(given: Applications) -> Applications:
    """Add a column that tells the group, so that there is a way to even out."""
    noise = np.random.default_rng(1).standard_normal(len(given.inputs))
    return replace(
        given,
        inputs=replace(
            given.inputs,
            features=(*given.inputs.features, Feature(name="school")),
            values=np.column_stack([given.inputs.values, given.levels + 0.2 * noise]),
        ),
    )


def test_it_narrows_the_gap_that_it_is_asked_to_narrow() -> None:
    given = with_proxy(ROWS)
    plain = trained(given, replace(QUICK, folds=2, epochs=10))
    even = trained(given, replace(GRID, folds=2, epochs=10), levels=given.levels)
    assert even.protocol == "2-fold out of fold"
    before, after = (gap(given, m.predict(given.inputs).argmax(axis=1)) for m in (plain, even))
    assert before > 0.25
    assert after < before / 2


def test_the_protected_attribute_is_no_input_of_the_network() -> None:
    model = trained(ROWS, GRID, levels=ROWS.levels)
    assert model.features == ROWS.inputs.features
    assert "group" not in {feature.name for feature in model.features}
    [network] = model.networks
    read = network.numbers + sum(network.blocks) - 2 * len(network.blocks)
    assert read == 2 + 3  # two numbers, three regions: no column is left for a group
    assert model.layout.width == ROWS.inputs.values.shape[1] + 6
    # the levels are not there when it answers, so other ones could not change an answer
    assert np.isfinite(model.predict(applications(50, seed=9, first=9000).inputs)).all()


def test_a_protected_attribute_among_the_features_is_refused() -> None:
    with pytest.raises(SubjectError, match="keeps group from the model, but it is among"):
        train_tables(
            replace(ROWS.inputs, features=(Feature(name="group"), *ROWS.inputs.features[1:])),
            ROWS.labels,
            classes=("no", "yes"),
            settings=GRID,
            levels=ROWS.levels,
        )


@pytest.mark.parametrize("constraint", get_args(Constraint))
def test_each_constraint_of_fairlearn_can_be_asked_for(
    constraint: Constraint, tmp_path: Path
) -> None:
    calls: list[tuple[str, int, int]] = []
    trained(
        ROWS,
        replace(GRID, constraint=constraint, epochs=2),
        levels=ROWS.levels,
        folder=tmp_path,
        progress=lambda what, done, total: calls.append((what, done, total)),
    )
    [told] = json.loads((tmp_path / "training.json").read_text())["networks"]
    assert len(told["grid"]) == 5
    assert sum(point["chosen"] for point in told["grid"]) == 1
    losses = [0.5 * p["error_rate"] + 0.5 * p["violation"] for p in told["grid"]]
    networks = [place for place, point in enumerate(told["grid"]) if "curves" in point]
    assert told["grid"][min(networks, key=lambda place: losses[place])]["chosen"]
    assert calls[-1][1:] == (10, 10)
    assert [done for _, done, _ in calls] == sorted(done for _, done, _ in calls)


def test_either_class_can_be_the_favourable_one(tmp_path: Path) -> None:
    given = with_proxy(ROWS)
    own = replace(GRID, constraint="true_positive_rate_parity", constraint_weight=0.8, epochs=10)
    flipped = train_tables(
        given.inputs,
        1 - given.labels,
        classes=("yes", "no"),
        settings=replace(own, favorable=0),
        levels=given.levels,
        folder=tmp_path,
    )
    plain = trained(given, replace(QUICK, epochs=10))
    favoured = given.labels == 1
    chosen = replace(given, levels=given.levels[favoured])
    before = gap(chosen, plain.predict(given.inputs).argmax(axis=1)[favoured])
    decisions = 1 - flipped.predict(given.inputs).argmax(axis=1)
    after = gap(chosen, decisions[favoured])
    [told] = json.loads((tmp_path / "training.json").read_text())["networks"]
    [error] = [point["error_rate"] for point in told["grid"] if point["chosen"]]
    assert error == pytest.approx((decisions != given.labels).mean())
    assert before > 0.1
    assert after < before / 2


def test_rows_without_a_judged_level_teach_nothing_and_are_counted(tmp_path: Path) -> None:
    some = np.where(np.arange(600) < 100, -1, ROWS.levels)
    model = trained(ROWS, replace(GRID, epochs=2), levels=some, folder=tmp_path)
    told = json.loads((tmp_path / "training.json").read_text())
    assert told["data"]["without_level"] == 100
    [network] = told["networks"]
    assert network["fit_rows"] + network["validation_rows"] == 500
    assert model.trained_on(ROWS.inputs.keys).sum() == 500


def test_a_trade_off_that_asks_for_one_answer_is_not_chosen() -> None:
    labels, levels = np.array([1, 1, 1, 1, 1, 0]), np.array([0, 1, 0, 1, 0, 1])
    values = np.arange(6, dtype=float).reshape(6, 1)
    made: list[int] = []

    def teach(point: int, *_rest: object) -> Any:
        import torch

        made.append(point)
        return lambda rows: torch.stack([rows[:, 0] - 4.5, 4.5 - rows[:, 0]], dim=1)

    settings = replace(GRID, constraint="true_positive_rate_parity", grid_size=3)
    found = search(values, labels, levels, settings, teach)
    assert None not in [n for n, p in zip(found.numbers, found.points, strict=True) if p["chosen"]]
    assert made == [number for number in found.numbers if number is not None]


@pytest.mark.parametrize(
    ("levels", "classes", "settings", "sentence"),
    [
        (None, ("no", "yes"), GRID, "needs two levels of group, but the rows hold 0"),
        (np.zeros(600), ("no", "yes"), GRID, "needs two levels of group, but the rows hold 1"),
        (ROWS.levels, ("no", "yes", "later"), GRID, "needs two classes, but there are 3"),
        (
            ROWS.levels,
            ("no", "yes"),
            replace(GRID, favorable=2),
            "favorable: must be the place of a class",
        ),
    ],
)
def test_what_cannot_be_mitigated_is_refused(
    levels: Any, classes: tuple[str, ...], settings: TableSettings, sentence: str
) -> None:
    with pytest.raises(SubjectError, match=sentence):
        train_tables(ROWS.inputs, ROWS.labels, classes=classes, settings=settings, levels=levels)
