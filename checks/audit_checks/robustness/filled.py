"""How the cases of templates are answered: one number a template."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.predictors import Model
from audit.protocol import Context
from audit.results import Estimate, Json
from audit.stats.counts import Count
from audit.stats.means import mean
from audit.stats.proportions import rate
from audit.texts import Texts, joined
from audit_checks.robustness.deciding import decisions
from audit_checks.robustness.templates import Template


@dataclass(frozen=True, kw_only=True, eq=False)
class Filled:
    """Templates, and which of the cases of each fail.

    A case fails if it is not given the label of its template; where there is none, if it is given
    another class than most of its cases.
    """

    templates: Sequence[Template]
    failed: Sequence[NDArray[np.bool_]]

    @property
    def shares(self) -> Matrix:
        """The share of the cases of each template that fail."""
        return np.array([each.mean() for each in self.failed])

    def rate(self, context: Context) -> Estimate:
        """Estimate the mean share over templates like these; a flawless model fails none."""
        level, n = context.confidence, len(self.failed)
        if all(len(each) == 1 for each in self.failed):
            found = rate(Count(k=int(self.shares.sum()), n=n), level=level)
            never = rate(Count(k=0, n=n), level=level)
        else:
            found = mean(self.shares, level=level, bounds=(0, 1))
            never = mean(np.zeros(n), level=level, bounds=(0, 1))
        return replace(found, attainable=never.high, flawless=0.0)

    @property
    def details(self) -> dict[str, Json]:
        """Each template with its share, the worst first."""
        order = np.argsort(-self.shares, kind="stable").tolist()
        return {
            "cases": sum(map(len, self.failed)),
            "templates": [
                {
                    "template": self.templates[at].text,
                    "cases": len(self.failed[at]),
                    "failures": float(self.shares[at]),
                }
                for at in order
            ],
        }


def filled(model: Model[Texts], templates: Sequence[Template], most: int, seed: int) -> Filled:
    """Ask the model about the cases of all templates at once."""
    parts = [each.texts(most, seed) for each in templates]
    answers = decisions(model, joined(parts))
    ends = np.cumsum([len(part) for part in parts])
    failed = [
        answered != (_commonest(answered) if not each.label else model.classes.index(each.label))
        for each, answered in zip(templates, np.split(answers, ends[:-1]), strict=True)
    ]
    return Filled(templates=templates, failed=failed)


def _commonest(answers: NDArray[np.int64]) -> int:
    return int(np.bincount(answers).argmax())
