"""From labelled rows to a model of tables, in memory or in a folder."""

import time
from collections.abc import Sequence
from pathlib import Path

from audit.inputs import Inputs
from audit.models.table_folder import RECORD, write_folder
from audit.models.tables import TableModel
from audit.packages import needing
from audit.threads import one_thread
from audit.training.examples import Examples, Places, refuse_untrainable
from audit.training.progress import Progress
from audit.training.settings import TableSettings
from audit.training.training_record import is_finished, record_of, write_ready


def train_tables(  # noqa: PLR0913 - a training has this many sides
    inputs: Inputs,
    labels: Places,
    *,
    classes: Sequence[str],
    settings: TableSettings,
    folder: Path | str | None = None,
    levels: Places | None = None,
    names: Sequence[str] = (),
    data_digest: str = "",
    progress: Progress = lambda _what, _done, _total: None,
    resume: bool = False,
) -> TableModel:
    """Train a model of tables; the same rows and settings give the same weights, bit for bit.

    Parameters
    ----------
    inputs : Inputs
        n rows.
    labels : ndarray of int64, shape (n,)
        Places among the classes.
    classes : sequence of str
        As levels are written.
    settings : TableSettings
    folder : Path, optional
        Where the model is written once it is whole, and until then what is needed to resume. A
        model that is there stays until then.
    levels : ndarray of int64, shape (n,), optional
        For mitigation: the protected level of each row, -1 where it has none that is judged; such
        rows are left out of the training. No network reads it.
    names : sequence of str, optional
        The levels, for the record.
    data_digest : str, optional
        Of the file that the rows came from, for the record.
    progress : callable, optional
        Called as (what, epochs done, epochs in all) after each epoch.
    resume : bool, optional
        Go on where a training into the same folder was killed. Without it, one that was begun
        there is discarded.

    Raises
    ------
    SubjectError
        If the rows cannot be trained on, or what is to be resumed is another training.
    MissingError
        If torch, or fairlearn for mitigation, is not installed.

    """
    given = Examples(
        inputs=inputs,
        labels=labels,
        classes=tuple(classes),
        levels=levels,
        names=tuple(names),
        data_digest=data_digest,
    )
    refuse_untrainable(given, settings)
    return _trained(
        given.in_order(),
        settings,
        folder=None if folder is None else Path(folder),
        progress=progress,
        resume=resume,
    )


def _trained(
    given: Examples,
    settings: TableSettings,
    *,
    folder: Path | None,
    progress: Progress,
    resume: bool,
) -> TableModel:
    _need(settings, folder)
    from audit.training.board import Board
    from audit.training.checkpoint import opened
    from audit.training.course import Course
    from audit.training.determinism import deterministic

    started, mark = time.monotonic(), given.fingerprint(settings)
    if folder is not None and resume and is_finished(folder, mark):
        return TableModel.load(folder)
    checkpoint = opened(folder, mark, resume=resume)
    with deterministic(), one_thread(), Board(folder, fresh=not resume) as board:
        course = Course(given, settings, checkpoint=checkpoint, board=board, progress=progress)
        model = course.train()
    seconds = time.monotonic() - started
    model.training_record = record_of(model, given, settings, course.networks, seconds)
    if folder is not None:
        record = model.training_record
        write_folder(folder, model.files() | {RECORD: write_ready(record)})
        checkpoint.clear()
    return model


def _need(settings: TableSettings, folder: Path | None) -> None:
    """Raise if a package is missing, before anything is trained or written."""
    with needing("training a model of tables"):
        import safetensors.torch  # noqa: F401

        if folder is not None:
            import torch.utils.tensorboard  # noqa: F401
    if settings.mitigation is not None:
        with needing("mitigation"):
            import fairlearn.reductions  # noqa: F401
