"""Can the protected attribute be told from the features?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from audit.draws import chosen
from audit.errors import ConfigError
from audit.inputs import Inputs
from audit.protocol import Context, Need
from audit.results import (
    About,
    Answer,
    Better,
    Cause,
    Estimate,
    Finding,
    Metric,
    Question,
    Unmeasured,
)
from audit.stats.arrays import Floats
from audit.stats.counts import FEWEST_GROUPS
from audit.stats.ranking import attainable_auc, auc
from audit.subjects import Subject
from audit.text_predictors import Embeds
from audit.units import Group
from audit_checks import refusals
from audit_checks.amounts import amounts_of
from audit_checks.bias.levels import ONE_LEVEL
from audit_checks.bias.text_proxies import Cut, judged_texts
from audit_checks.cross_fitting import Flags, Folds, folds_of, level_scores, single_scores
from audit_checks.logistic import NO_SPACE

_METRIC = "proxy_auc"
_TOLD_FEATURES = 10


class _Scored(Protocol):
    """Rows with a judged level, and how well something tells it."""

    @property
    def group(self) -> Group: ...
    @property
    def codes(self) -> NDArray[np.int64]: ...
    @property
    def folds(self) -> Folds: ...
    def scores(self) -> Floats:
        """Score each row for each level, shape (n, levels)."""
        ...

    def details(self, positive: Flags) -> dict[str, Any]:
        """Say what stands beside the number of a level."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class _Judged:
    """The rows with a judged level, and the features without the group's own column."""

    group: Group
    inputs: Inputs
    codes: NDArray[np.int64]
    folds: Folds
    left_out: int
    seed: int

    def scores(self) -> Floats:
        """Score each row for each level, by trees that never saw it."""
        levels = len(self.group.judged)
        return level_scores(self.inputs, self.codes, levels, self.folds, self.seed)

    def details(self, positive: Flags) -> dict[str, Any]:
        """Name the features that tell most, each alone."""
        inputs = self.inputs
        found = {
            feature.name: _either_way(
                single_scores(inputs.values[:, place], feature.kind, positive, self.folds),
                positive,
            )
            for place, feature in enumerate(inputs.features)
        }
        best = sorted(found, key=lambda name: (-found[name], name))[:_TOLD_FEATURES]
        return {
            "rows": len(positive),
            "rows of the level": int(positive.sum()),
            "rows not judged": self.left_out,
            "folds": self.folds.count,
            "seed": self.seed,
            "features": [{"name": name, "auc": found[name]} for name in best],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxies:
    """How well the features, without the attribute's own column, tell each judged level.

    Boosted trees are fitted on some of the rows and score the others, and the area under the ROC
    curve says how often they rank a row of the level above another: .5 if there is no relation.
    Of texts, a logistic regression is fitted on the model's embeddings.
    """

    id: ClassVar[str] = "bias.proxies"
    question: ClassVar[str] = "Can the protected attribute be told from the features?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name=_METRIC, better=Better.LOW, function="audit.stats.ranking.auc"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.INPUTS, Need.GROUPS})

    folds: int = 5
    """Parts of which each is scored by trees that were fitted on the others."""
    most_rows: int = 20_000
    """Rows that are used; of more, as many are drawn by their ids."""
    seed: int = 0
    """Of the draw of rows and parts."""

    def __post_init__(self) -> None:
        """Refuse what leaves no rows to learn from."""
        if self.folds < 2:  # noqa: PLR2004 - one part to learn from, one to score
            msg = f"checks.{self.id}: folds must be at least 2, but got {self.folds}"
            raise ConfigError(msg)
        if self.most_rows < 1:
            msg = f"checks.{self.id}: most_rows must be at least 1, but got {self.most_rows}"
            raise ConfigError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about each judged level against the others; of two levels, once."""
        for group in subject.units.groups.values():
            yield from _asked(group)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Fit once for each group; every level reads its own column of the scores."""
        for group in subject.units.groups.values():
            if refusal := _why_not(subject, group):
                reason, params, cause = refusal
                for question in _asked(group):
                    yield Unmeasured(question=question, reason=reason, params=params, cause=cause)
            elif subject.units.roles.weight:
                yield from (refusals.weighted(question) for question in _asked(group))
            else:
                yield from _answers(self._scored(subject, group), context.confidence)

    def _scored(self, subject: Subject, group: Group) -> _Scored:
        model: object = subject.text_model
        if isinstance(model, Embeds):
            cut = Cut(folds=self.folds, most_rows=self.most_rows, seed=self.seed)
            return judged_texts(subject, model, group, cut)
        return self._judged(subject, group)

    def _judged(self, subject: Subject, group: Group) -> _Judged:
        times = amounts_of(subject.units).times
        rows = np.repeat(np.arange(len(times)), times)
        codes, kept = subject.group_codes(group.name)[rows], subject.inputs.take(rows)
        judged = codes >= 0
        inputs, codes = _without(kept.take(judged), group.name), codes[judged]
        used = chosen(inputs.keys, self.most_rows, "proxies", self.seed)
        inputs = inputs.take(used)
        return _Judged(
            group=group,
            inputs=inputs,
            codes=codes[used],
            folds=folds_of(inputs, self.folds, self.seed),
            left_out=int((~judged).sum()),
            seed=self.seed,
        )


def _answers(judged: _Scored, level: float) -> Iterator[Answer]:
    questions = _asked(judged.group)
    positives = [judged.codes == place for place in range(len(questions))]
    refused = [refusals.few_events(q, p) for q, p in zip(questions, positives, strict=True)]
    if all(refused):
        yield from (each for each in refused if each)
        return
    scores = judged.scores()
    for place, question in enumerate(questions):
        refusal, positive = refused[place], positives[place]
        yield refusal or Finding(
            question=question,
            estimate=_estimate(scores[:, place], positive, judged, level),
            details=judged.details(positive),
        )


def _estimate(scores: Floats, positive: Flags, judged: _Scored, level: float) -> Estimate:
    folds, events = judged.folds.count, int(positive.sum())
    found = auc(scores, positive, level=level, folds=folds)
    # any level may have been the easiest by chance, so the low side is Bonferroni's
    low_level = 1 - (1 - level) / len(_asked(judged.group))
    low = auc(scores, positive, level=low_level, folds=folds).low
    others = len(positive) - events
    attainable = attainable_auc(events, others, level=level, folds=folds)
    return replace(found, low=low, attainable=attainable, flawless=0.5)


def _either_way(scores: Floats, positive: Flags) -> float:
    """Return the AUC of the scores or of their opposite, whichever is larger."""
    from scipy.stats import rankdata

    events = int(positive.sum())
    pairs = events * (len(positive) - events)
    area = (float(rankdata(scores)[positive].sum()) - events * (events + 1) / 2) / pairs
    return max(area, 1 - area)


def _without(inputs: Inputs, name: str) -> Inputs:
    kept = np.array([each != name for each in inputs.names], dtype=np.bool_)
    features = tuple(each for each in inputs.features if each.name != name)
    return replace(inputs, features=features, values=inputs.values[:, kept])


def _why_not(subject: Subject, group: Group) -> tuple[str, dict[str, str], Cause] | None:
    """Say why nothing can be told; a model of texts is asked for its space, whatever else is."""
    if len(group.judged) < FEWEST_GROUPS:
        return ONE_LEVEL, {"levels": ", ".join(group.judged)}, Cause.DATA
    model: object = subject.text_model
    if isinstance(model, Embeds):
        return None
    if model is not None or not subject.units.roles.features_of(subject.units.table):
        return NO_SPACE, {}, Cause.NEED
    if set(subject.inputs.names) <= {group.name}:
        return "there is no feature beside {column}", {"column": group.name}, Cause.DATA
    return None


def _asked(group: Group) -> list[Question]:
    about = {"attribute": group.name}
    levels = group.judged if len(group.judged) > FEWEST_GROUPS else ()
    abouts = [About(about | {"level": level}) for level in levels] or [About(about)]
    return [Question(check=Proxies.id, metric=_METRIC, about=each) for each in abouts]
