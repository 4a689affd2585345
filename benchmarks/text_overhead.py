"""What an audit of a model of texts costs beside the bare passes that its distinct texts need.

Needs all extras; takes about ten minutes on two cores:

    OMP_WAIT_POLICY=PASSIVE python benchmarks/text_overhead.py [FOLDER] [ROWS]

Version 1 of the reviews example is trained (in FOLDER, or a temporary one) and audited on ROWS
reviews (1,000 if not said) with every pass of its network recorded. The bare passes are then made
again: every distinct text forward, and as many vectors of tokens forward and backward as were
differentiated, each at the best of several batch sizes. Copies with other weights, which
`explanation.shortcut` trains and `explanation.randomization` draws, are counted apart: a network of
the same size makes their passes.
"""

import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from audit import jobs
from audit.making import train_version
from audit.models.text_gradients import DifferentiableTextModel
from audit.models.text_model import TextModel
from audit.progress import progress, quiet
from audit.runner import run
from audit.saving import pages
from audit.text_batches import batches_of
from audit.texts import Texts, joined
from audit.training.texts.trainer import TextTrainer

if TYPE_CHECKING:
    import torch

EXAMPLE: Final = Path(__file__).parents[1] / "fixtures" / "reviews"
BUDGETS: Final = (512, 1024, 2048, 4096)
"""Tokens a batch."""
ASKED: Final = ("predict", "embed", "predict_and_embed")
FEW: Final = 400
"""Texts on which the best budget is chosen."""


@dataclass
class Passes:
    """What went through the network under audit, and through copies of it."""

    digest: str = ""
    forward: list[Texts] = field(default_factory=list)
    copies: list[Texts] = field(default_factory=list)
    points: Counter[int] = field(default_factory=Counter)
    """Vectors of texts that were differentiated, by their tokens."""
    points_of_copies: Counter[int] = field(default_factory=Counter)
    training: float = 0.0
    """Seconds in which copies were trained."""

    def record(self, model: type[DifferentiableTextModel], trainer: type[TextTrainer]) -> None:
        """Note what passes, from here on."""
        logits_of, train = model.logits_of, trainer.train

        def noting(ask: Callable[..., Any]) -> Callable[..., Any]:
            def asked(own: TextModel, texts: Texts) -> Any:  # noqa: ANN401
                (self.forward if self._is_audited(own) else self.copies).append(texts)
                return ask(own, texts)

            return asked

        def differentiated(
            own: DifferentiableTextModel, vectors: "torch.Tensor", held: "torch.Tensor"
        ) -> "torch.Tensor":
            if vectors.requires_grad:
                points = self.points if self._is_audited(own) else self.points_of_copies
                points[vectors.shape[1]] += vectors.shape[0]
            return logits_of(own, vectors, held)

        def trained(own: TextTrainer, *given: Any, **settings: Any) -> Any:  # noqa: ANN401
            started = time.perf_counter()
            found = train(own, *given, **settings)
            self.training += time.perf_counter() - started
            return found

        for name in ASKED:
            setattr(model, name, noting(getattr(model, name)))
        model.logits_of = differentiated  # type: ignore[assignment,method-assign]
        trainer.train = trained  # type: ignore[assignment,method-assign]

    def _is_audited(self, own: TextModel) -> bool:
        """Say whether it is the model, which is asked before all copies."""
        self.digest = self.digest or own.digest
        return own.digest == self.digest


def distinct(parts: list[Texts]) -> Texts:
    """Return every text once."""
    every = joined(parts)
    _, first = np.unique(every.digests, axis=0, return_index=True)
    return every.take(np.sort(first))


def prepared(folder: Path, rows: int) -> Path:
    """Copy the example, write its data, keep some reviews under test, train version 1."""
    for each in EXAMPLE.iterdir():
        if each.is_file():
            shutil.copy(each, folder)
    subprocess.run([sys.executable, str(folder / "prepare.py")], check=True)
    test = folder / "data" / "test.parquet"
    pd.read_parquet(test).head(rows).to_parquet(test, index=False)
    config = folder / "audit-1.toml"
    with progress("steps") as show:
        today = dt.datetime.now(dt.UTC).date()
        train_version(config, today=today, resume=True, progress=show)
    return config


def best(texts: Texts, lengths: "np.ndarray[Any, Any]", task: Callable[[Any], None]) -> float:
    """Return the seconds for all rows at the budget that is best for a few."""

    def timed(rows: Texts, some: "np.ndarray[Any, Any]", tokens: int) -> float:
        batches = batches_of(some, rows.digests, tokens=tokens)
        started = time.perf_counter()
        for batch in batches:
            task(batch)
        return time.perf_counter() - started

    few = texts.take(slice(FEW))
    tokens = min(BUDGETS, key=lambda budget: timed(few, lengths[:FEW], budget))
    return timed(texts, lengths, tokens)


def bare_forward(model: TextModel, texts: Texts) -> float:
    """Time every distinct text through the network, tokens made before, and nothing else."""
    import torch

    held = model.tokens(texts)
    ids, mask = torch.from_numpy(held.ids), torch.from_numpy(held.held).long()
    lengths = held.held.sum(axis=1)

    def task(batch: Any) -> None:  # noqa: ANN401
        longest = int(lengths[batch].max())
        rows = torch.from_numpy(batch)
        with torch.inference_mode():
            model.network(input_ids=ids[rows, :longest], attention_mask=mask[rows, :longest])

    return best(texts, lengths, task)


def bare_backward(model: TextModel, points: Counter[int]) -> float:
    """Time as many vectors of the same numbers of tokens forward and backward."""
    import torch

    size = model.network.config.hidden_size
    tokens = min(BUDGETS, key=lambda budget: _differentiated(model, {64: 64}, size, budget))
    with torch.enable_grad():
        return _differentiated(model, points, size, tokens)


def _differentiated(
    model: TextModel, points: "dict[int, int] | Counter[int]", size: int, tokens: int
) -> float:
    import torch

    started = time.perf_counter()
    for length, rows in points.items():
        at_once = max(tokens // length, 1)
        for start in range(0, rows, at_once):
            some = min(at_once, rows - start)
            vectors = torch.randn(some, length, size, requires_grad=True)
            mask = torch.ones(some, length, dtype=torch.long)
            logits = model.network(inputs_embeds=vectors, attention_mask=mask).logits
            torch.autograd.grad(logits[:, 0].sum(), vectors)
    return time.perf_counter() - started


def main() -> None:
    """Print what the audit took, what its bare passes take, and where the rest went."""
    import captum.attr  # noqa: F401 - imports are no part of an audit
    import fairlearn.postprocessing  # noqa: F401
    import shap  # noqa: F401
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    folder.mkdir(parents=True, exist_ok=True)
    config = prepared(folder, rows)
    plain = {name: getattr(DifferentiableTextModel, name) for name in (*ASKED, "logits_of")}
    passes = Passes()
    passes.record(DifferentiableTextModel, TextTrainer)
    started = time.perf_counter()
    loaded = jobs.load(config, jobs.Options(progress=quiet), now=jobs.utc_now())
    opened = time.perf_counter()
    record = run(loaded.job)
    measured = time.perf_counter()
    pages(record, ("en", "zh-CN"))
    ended = time.perf_counter()
    for name, method in plain.items():
        setattr(DifferentiableTextModel, name, method)
    model = loaded.job.subject.text_model.inner  # type: ignore[union-attr]
    print(f"{'opening data and model, first answers':54} {opened - started:7.1f} s")
    for check in sorted(record.checks, key=lambda each: -each.seconds):
        print(f"{check.id:44} {check.model_calls:9,} {check.seconds:7.1f} s")
    print(f"{'pages in two languages':54} {ended - measured:7.1f} s")
    whole, bare = ended - started, 0.0
    for who, texts, points in (
        ("of the model", distinct(passes.forward), passes.points),
        ("of copies", joined(passes.copies), passes.points_of_copies),
    ):
        forward, backward = bare_forward(model, texts), bare_backward(model, points)
        bare += forward + backward
        print(f"{f'bare: texts forward {who}':44} {len(texts):9,} {forward:7.1f} s")
        print(
            f"{f'bare: points forward and backward {who}':44} {points.total():9,} {backward:7.1f} s"
        )
        print(f"whole audit {whole:.1f} s, these bare passes {bare:.1f} s: {whole / bare:.2f}")
    rest = whole - passes.training
    print(f"without the {passes.training:.1f} s of training copies: {rest / bare:.2f}")


if __name__ == "__main__":
    main()
