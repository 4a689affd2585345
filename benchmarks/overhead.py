"""What an audit of a model costs beside the bare passes that its distinct inputs need.

Needs all extras; takes about a minute on two cores:

    OMP_WAIT_POLICY=PASSIVE python benchmarks/overhead.py [FOLDER]

Version 1 of the loans example is trained (in FOLDER, or a temporary one) and audited with every
pass of its networks recorded. The bare passes are then made again: every distinct input forward, as
many points forward and backward as were differentiated, each at the best of several batch sizes.
"""

import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from audit import jobs
from audit.inputs import Inputs, stacked
from audit.making import train_version
from audit.models.tables import TableModel
from audit.progress import quiet
from audit.runner import run
from audit.saving import pages
from audit.threads import one_thread

if TYPE_CHECKING:
    import torch

EXAMPLE: Final = Path(__file__).parents[1] / "fixtures" / "loans"
BATCHES: Final = (256, 1024, 4096, 16_384)


@dataclass
class Passes:
    """What went through the networks."""

    forward: list[Inputs] = field(default_factory=list)
    points: int = 0
    width: int = 0

    def record(self, model: type[TableModel]) -> None:
        """Watch a class of models from now on."""
        predict, logits = model.predict, model.logits

        def predicted(own: TableModel, inputs: Inputs) -> Any:  # noqa: ANN401
            self.forward.append(inputs)
            return predict(own, inputs)

        def function(own: TableModel, part: int) -> "Callable[[torch.Tensor], torch.Tensor]":
            inner = logits(own, part)

            def watched(values: "torch.Tensor") -> "torch.Tensor":
                if values.requires_grad:
                    self.points += len(values)
                    self.width = values.shape[1]
                return inner(values)

            return watched

        model.predict = predicted  # type: ignore[method-assign]
        model.logits = function  # type: ignore[method-assign]

    def distinct(self, features: tuple[Any, ...]) -> Inputs:
        """Return every input of the model under audit once."""
        own = stacked([each for each in self.forward if each.features == features])
        _, first = np.unique(own.digests, axis=0, return_index=True)
        return own.take(np.sort(first))


def prepared(folder: Path) -> Path:
    """Copy the example, write its data, train version 1."""
    for each in EXAMPLE.iterdir():
        if each.is_file():
            shutil.copy(each, folder)
    subprocess.run([sys.executable, str(folder / "prepare.py")], check=True)
    config = folder / "audit-1.toml"
    train_version(config, today=dt.datetime.now(dt.UTC).date(), resume=True, progress=quiet)
    return config


def best(task: Callable[[int], None]) -> float:
    """Return the seconds at the best batch size."""
    found = []
    for batch in BATCHES:
        started = time.perf_counter()
        task(batch)
        found.append(time.perf_counter() - started)
    return min(found)


def bare_forward(model: TableModel, inputs: Inputs) -> float:
    """Time every distinct input through the network that answers it, and nothing else."""
    import torch

    values, parts = model.represent(inputs).values, model.parts(inputs.keys)

    def task(batch: int) -> None:
        with torch.inference_mode():
            for part in np.unique(parts):
                rows, answer = torch.as_tensor(values[parts == part]), model.logits(int(part))
                for start in range(0, len(rows), batch):
                    torch.softmax(answer(rows[start : start + batch]), dim=1)

    return best(task)


def bare_backward(model: TableModel, points: int, width: int) -> float:
    """Time as many points forward and backward as were differentiated."""
    import torch

    rows = torch.randn(points, width, dtype=torch.float64)

    def task(batch: int) -> None:
        answer = model.networks[0]
        for start in range(0, points, batch):
            some = rows[start : start + batch].requires_grad_()
            torch.autograd.grad(answer(some)[:, 0].sum(), some)

    return best(task)


def main() -> None:
    """Print what the audit took, what its bare passes take, and where the rest went."""
    import captum.attr  # noqa: F401 - imports are no part of an audit
    import fairlearn.postprocessing  # noqa: F401
    import shap
    import sklearn.ensemble  # noqa: F401

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    config = prepared(folder)
    shap.explainers.Permutation(lambda z: z.sum(axis=1), np.zeros((1, 9)))(np.ones((1, 9)))
    plain = {"predict": TableModel.predict, "logits": TableModel.logits}
    passes = Passes()
    passes.record(TableModel)
    started = time.perf_counter()
    loaded = jobs.load(config, jobs.Options(), now=jobs.utc_now())
    opened = time.perf_counter()
    record = run(loaded.job)
    measured = time.perf_counter()
    pages(record, ("en", "zh-CN"))
    ended = time.perf_counter()
    for name, method in plain.items():
        setattr(TableModel, name, method)
    model = loaded.job.subject.model.inner  # type: ignore[union-attr]
    inputs = passes.distinct(model.features)
    with one_thread():
        forward = bare_forward(model, inputs)
        backward = bare_backward(model, passes.points, passes.width)
    asked = sum(len(each) for each in passes.forward)
    print(f"{'distinct inputs forward':44} {len(inputs):9,} {forward:7.2f} s")
    print(f"{'points forward and backward':44} {passes.points:9,} {backward:7.2f} s")
    print(f"{'inputs that were asked for':44} {asked:9,}")
    print(f"{'opening data and model':54} {opened - started:7.2f} s")
    for check in sorted(record.checks, key=lambda each: -each.seconds):
        print(f"{check.id:54} {check.seconds:7.2f} s")
    print(f"{'pages in two languages':54} {ended - measured:7.2f} s")
    bare, whole = forward + backward, ended - started
    print(f"whole audit {whole:.2f} s, bare passes {bare:.2f} s: {whole / bare:.2f}")
    asks = [c.seconds for c in record.checks if c.id.startswith(("explanation", "robustness"))]
    print(f"robustness and explanation {sum(asks):.2f} s: {sum(asks) / bare:.2f}")


if __name__ == "__main__":
    main()
