"""Attributions to words a second, beside shap's own partition explainer with its defaults.

Needs the extras `models`, `explain` and `examples`; takes some minutes on two cores:

    OMP_WAIT_POLICY=PASSIVE HF_HUB_OFFLINE=1 python benchmarks/text_attributions.py FOLDER [TEXTS]

FOLDER holds a transformers classifier of English texts, such as a version of the example of
reviews; `tiny` is a tiny transformer that is trained first. TEXTS reviews (default 20) are
explained by each method. `masked` and `resampled` are the comprehensiveness beyond a random order,
as `explanation.faithfulness` measures it, so that a faster method that names the wrong words shows.
"""

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import audit
from audit.attributions.text_gradients import GradientTimesInput, TextIntegratedGradients
from audit.attributions.text_partition import Partition
from audit.attributions.text_words import by_words, held_words
from audit.data.examples import example_file
from audit.inputs import Matrix
from audit.models.text_folder import load_text_folder
from audit.predictors import Model
from audit.subjects import Subject
from audit.text_predictors import ExplainsTexts, TextAttribution
from audit.texts import Texts, as_array

METHODS: Final[dict[str, ExplainsTexts]] = {
    "integrated gradients": TextIntegratedGradients(),
    "gradient x input": GradientTimesInput(),
    "partition of our words": Partition(),
}


@dataclass(frozen=True)
class ShapDefaults:
    """shap's own partition explainer, called as in its documentation: text after text."""

    def explain(
        self,
        model: Model[Texts],
        texts: Texts,
        targets: NDArray[np.int64],
        *,
        seed: int,  # noqa: ARG002
    ) -> TextAttribution:
        """Explain with at most 500 evaluations a text, over the tokenizer's own tokens."""
        import shap

        inner: Any = getattr(model, "inner", model)

        def scores(values: Any) -> Matrix:  # noqa: ANN401
            asked = as_array(map(str, values))
            found: Matrix = inner.predict(
                Texts(values=asked, keys=np.zeros(len(asked), dtype=np.uint64))
            )
            return found

        explainer = shap.Explainer(scores, shap.maskers.Text(inner.tokenizer))
        tokens = inner.tokens(texts)
        values, base = np.zeros(tokens.ids.shape), np.zeros(len(texts))
        for row, target in enumerate(targets):
            found = explainer([texts.values[row]], silent=True)
            given = np.asarray(found.values[0])[:, target]
            values[row, : len(given)] = given
            base[row] = np.asarray(found.base_values).reshape(-1)[target]
        output = model.predict(texts)[np.arange(len(texts)), targets]
        return TextAttribution(
            values=by_words(values, tokens, texts), output=output, base=base, method="shap"
        )


@dataclass(frozen=True)
class Kept:
    """Attributions that were timed before."""

    found: TextAttribution

    def explain(
        self,
        model: Model[Texts],  # noqa: ARG002
        texts: Texts,  # noqa: ARG002
        targets: NDArray[np.int64],  # noqa: ARG002
        *,
        seed: int,  # noqa: ARG002
    ) -> TextAttribution:
        """Give them again."""
        return self.found


def reviews_of(model: Any, texts: int) -> Subject:  # noqa: ANN401
    """Return some reviews that a model answers."""
    if model == "tiny":
        sys.path.insert(0, str(Path(__file__).parents[1]))
        from fixtures.planted.text_explanations import reviews, subject_of, told_model

        return subject_of(told_model(), reviews(texts, 1))
    frame = pd.read_parquet(example_file("reviews", "reviews"))
    column = next(name for name in frame if str(name).lower().startswith("review"))
    some = frame[[column]].dropna().sample(texts, random_state=1).astype(str)
    some = some.rename(columns={column: "text"}).assign(id=[*map(str, some.index)])
    return audit.subject(load_text_folder(Path(model)), some, text="text", id="id")


def measured(explainer: ExplainsTexts, subject: Subject) -> dict[str, str]:
    """Time a method without the cache, and measure what it found."""
    model: Any = subject.text_model
    texts, targets = subject.texts, subject.text_model.predict(subject.texts).argmax(axis=1)
    explainer.explain(model, texts.take(slice(0, 1)), targets[:1], seed=0)  # imports
    started = time.perf_counter()
    found = explainer.explain(model, texts, targets, seed=0)
    seconds = time.perf_counter() - started
    kept = replace(subject, text_explainer=Kept(found))
    gains = {
        f"{each.question.metric[:5]} {each.question.about['baseline']}": each.estimate
        for each in audit.check("explanation.faithfulness", kept, rows=len(texts)).findings
    }
    said = {name: f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f})" for name, e in gains.items()}
    steps = getattr(found, "steps", np.zeros(1)).mean()
    return {"texts/s": f"{len(texts) / seconds:.2f}", "steps": f"{steps:.0f}"} | said


def main(model: str, texts: int = 20) -> None:
    """Print a line for each method."""
    subject = reviews_of(model, texts)
    print(f"{texts} texts of {held_words(subject.texts).mean():.0f} words")
    for name, explainer in {"shap's own, its defaults": ShapDefaults(), **METHODS}.items():
        print(f"{name:26}", measured(explainer, subject), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
