"""Attributions a second on the loan applications, beside shap's own explainer with its defaults.

Needs the extras `models`, `explain` and `examples`; takes about three minutes on one core:

    OMP_WAIT_POLICY=PASSIVE python benchmarks/attributions.py [ROWS]

Networks are trained as in the example, and ROWS applications (default 100) are explained by each
method, each by the network that never saw it. `typical` and `resampled` are the comprehensiveness
beyond random attributions, as `explanation.faithfulness` measures it, so that a faster method that
names the wrong features shows.
"""

import runpy
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import audit
from audit.attributions.gradients import IntegratedGradients
from audit.attributions.shapley import Shapley
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.draws import chosen
from audit.encoding import encode
from audit.inputs import Inputs, Matrix
from audit.models.tables import TableModel
from audit.predictors import Attribution, Explains, Model
from audit.subjects import Subject
from audit.training.settings import TableSettings
from audit.training.tables import train_tables

EXAMPLE: Final = Path(__file__).parents[1] / "fixtures" / "loans"
LABEL, ID, GROUPS = "approved", "application", ("race", "sex")
SETTINGS: Final = TableSettings(folds=5, patience=8, learning_rate=2e-3, seed=7)
METHODS: Final[dict[str, Explains]] = {
    "integrated gradients": IntegratedGradients(),
    "shap, all rows at once": Shapley(),
    **{
        f"{permutations} permutations, {behind} rows behind": Shapley(
            permutations=permutations, background_rows=behind
        )
        for permutations, behind in ((1, 50), (1, 100), (5, 20))
    },
}


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the applications and the fifth that is kept apart, as the example prepares them."""
    prepare = runpy.run_path(str(EXAMPLE / "prepare.py"))
    rows = prepare["readable"](prepare["read"]())
    apart = np.array([prepare["is_reference"](row) for row in range(len(rows))])
    return rows[~apart].reset_index(drop=True), rows[apart].reset_index(drop=True)


def trained(rows: pd.DataFrame) -> TableModel:
    """Train five networks, so that each row is answered by one that never saw it."""
    table, roles = read_frame(rows), Roles(label=LABEL, id=ID, drop=GROUPS)
    inputs = encode(table, roles.features_of(table), ID)
    labels = rows[LABEL].to_numpy(dtype=np.int64)
    return train_tables(inputs, labels, classes=("0", "1"), settings=SETTINGS)


@dataclass(frozen=True)
class ShapDefaults:
    """shap's own permutation explainer, called as in its documentation: row after row."""

    def explain(
        self,
        model: Model,
        inputs: Inputs,
        targets: NDArray[np.int64],
        *,
        background: Inputs,
        seed: int,
    ) -> Attribution:
        """Explain with at most 500 evaluations a row, against at most 100 background rows."""
        import shap

        def scores(values: Matrix) -> Matrix:
            keys = np.repeat(inputs.keys[row], len(values))  # of the network that answers the row
            return model.predict(replace(inputs, values=values, keys=keys))

        masker = shap.maskers.Independent(background.values)
        explainer = shap.explainers.Permutation(scores, masker, seed=seed)
        values, base = np.zeros(inputs.values.shape), np.zeros(len(inputs))
        for row, target in enumerate(targets):
            found = explainer(inputs.values[[row]], silent=True)
            values[row], base[row] = found.values[0, :, target], found.base_values[0, target]
        output = model.predict(inputs)[np.arange(len(inputs)), targets]
        return Attribution(values=values, output=output, base=base, method="shap's defaults")


@dataclass(frozen=True)
class Kept:
    """Attributions that were timed before."""

    found: Attribution

    def explain(
        self,
        model: Model,  # noqa: ARG002
        inputs: Inputs,  # noqa: ARG002
        targets: NDArray[np.int64],  # noqa: ARG002
        *,
        background: Inputs,  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> Attribution:
        """Give them again."""
        return self.found


def measured(explainer: Explains, subject: Subject, model: Model, rows: int) -> dict[str, str]:
    """Time a method without the cache, and measure what it found."""
    inputs = subject.inputs.take(chosen(subject.inputs.keys, rows, "explained", 0))
    targets = model.predict(inputs).argmax(axis=1)

    def explain(some: Inputs) -> Attribution:
        return explainer.explain(
            model, some, targets[: len(some)], background=subject.background, seed=0
        )

    explain(inputs.take(slice(0, 2)))  # imports and compiles
    started = time.perf_counter()
    found = explain(inputs)
    seconds = time.perf_counter() - started
    kept = replace(subject, explainer=Kept(found))
    gains = {
        str(each.question.about["baseline"]): each.estimate
        for each in audit.check("explanation.faithfulness", kept, rows=rows).findings
        if each.question.metric == "comprehensiveness"
    }
    said = {name: f"{e.value:.4f} ({e.low:.4f} to {e.high:.4f})" for name, e in gains.items()}
    return {"rows/s": f"{rows / seconds:.1f}"} | said


def main(rows: int = 100) -> None:
    """Print a line for each method."""
    test, reference = tables()
    model = trained(test)
    subject = audit.subject(model, test, label=LABEL, id=ID, drop=GROUPS, reference=reference)
    print(f"{len(subject.inputs.features)} features, {rows} rows")
    for name, explainer in {"shap's own, its defaults": ShapDefaults(), **METHODS}.items():
        print(f"{name:36}", measured(explainer, subject, model, rows))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
