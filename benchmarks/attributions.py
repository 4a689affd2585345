"""Attributions a second on the loan applications, beside shap's own explainer with its defaults.

Needs the extras `models`, `explain` and `examples`; takes about three minutes on one core:

    OMP_WAIT_POLICY=PASSIVE python benchmarks/attributions.py [ROWS]

A network is trained on half of the applications, and ROWS of the others (default 100) are explained
by each method. `typical` and `resampled` are the comprehensiveness beyond random attributions, as
`explanation.faithfulness` measures it, so that a faster method that names the wrong features shows.
"""

import bz2
import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import audit
from audit.attributions.gradients import IntegratedGradients
from audit.attributions.shapley import Shapley
from audit.inputs import Inputs, Matrix
from audit.models.tables import TableModel
from audit.predictors import Attribution, Explains, Model
from audit.training.settings import TableSettings
from audit.training.tables import train_tables
from audit_checks.explanation.faithfulness import Faithfulness

LEAKS = ["reject", "action", "white", "typur", "review", "msa"]
LABEL = "approve"


def halves() -> tuple[pd.DataFrame, pd.DataFrame]:
    packed = audit.example_file("loans", "applications").read()
    table = pd.read_csv(io.BytesIO(bz2.decompress(packed))).drop(columns=LEAKS)
    table["id"] = [f"row {place}" for place in range(len(table))]
    return table.iloc[::2].reset_index(drop=True), table.iloc[1::2].reset_index(drop=True)


def trained(rows: pd.DataFrame) -> TableModel:
    from audit.data.roles import Roles
    from audit.data.tables import read_frame
    from audit.encoding import encode

    table = read_frame(rows)
    names = Roles(label=LABEL, id="id").features_of(table)
    inputs = encode(table, names, "id")
    labels = rows[LABEL].to_numpy(dtype=np.int64)
    return train_tables(inputs, labels, classes=("0", "1"), settings=TableSettings())


@dataclass(frozen=True)
class ShapDefaults:
    """shap's own permutation explainer as its README calls it: one row after the other."""

    def explain(
        self, model: Model, inputs: Inputs, targets: Any, *, background: Inputs, seed: int
    ) -> Attribution:
        import shap

        def scores(values: Matrix) -> Matrix:
            keys = np.resize(inputs.keys, len(values))
            return model.predict(replace(inputs, values=values, keys=keys))

        masker = shap.maskers.Independent(background.values)
        explainer = shap.explainers.Permutation(scores, masker, seed=seed)
        found = explainer(inputs.values, silent=True)
        rows = np.arange(len(inputs))
        output = model.predict(inputs)[rows, targets]
        return Attribution(
            values=found.values[rows, :, targets],
            output=output,
            base=np.asarray(found.base_values)[rows, targets],
            method="shap permutation, its defaults",
        )


@dataclass(frozen=True)
class Kept:
    """Attributions that were timed before."""

    found: Attribution

    def explain(self, *_: Any, **__: Any) -> Attribution:
        return self.found


def measured(
    name: str, explainer: Explains, subject: audit.Subject, rows: int, table: list[dict[str, Any]]
) -> None:
    from audit.draws import chosen

    assert subject.model is not None
    model: Model = subject.model.inner  # type: ignore[attr-defined]  # no cache: the work itself
    inputs = subject.inputs.take(chosen(subject.inputs.keys, rows, "explained", 0))
    targets = model.predict(inputs).argmax(axis=1)
    run: Callable[[Inputs, Any], Attribution] = lambda some, of: explainer.explain(  # noqa: E731
        model, some, of, background=subject.background, seed=0
    )
    run(inputs.take(slice(0, 2)), targets[:2])  # compiled and imported
    started = time.perf_counter()
    found = run(inputs, targets)
    seconds = time.perf_counter() - started
    result = audit.check("explanation.faithfulness", replace(subject, explainer=Kept(found)), rows=rows)
    gains = {
        str(each.question.about["baseline"]): each.estimate
        for each in result.findings
        if each.question.metric == "comprehensiveness"
    }
    table.append(
        {
            "method": name,
            "rows/s": f"{rows / seconds:.1f}",
            **{
                key: f"{each.value:.4f} ({each.low:.4f} to {each.high:.4f})"
                for key, each in gains.items()
            },
        }
    )
    print(pd.DataFrame(table[-1:]).to_string(index=False, header=len(table) == 1))


def main(rows: int = 100) -> None:
    reference, test = halves()
    model = trained(reference)
    subject = audit.subject(model, test, label=LABEL, id="id", reference=reference)
    print(f"{len(subject.inputs.features)} features, {rows} rows; faithfulness of", Faithfulness.id)
    table: list[dict[str, Any]] = []
    methods: dict[str, Explains] = {
        "shap's own, its defaults": ShapDefaults(),
        "integrated gradients": IntegratedGradients(),
        "shap, all rows at once": Shapley(),
        **{
            f"{permutations} permutations, {rows_behind} rows behind": Shapley(
                permutations=permutations, background_rows=rows_behind
            )
            for permutations, rows_behind in ((1, 50), (1, 100), (5, 20))
        },
    }
    for name, explainer in methods.items():
        measured(name, explainer, subject, rows, table)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
