"""From labelled texts to a classifier, in memory or in a folder."""

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from audit.errors import ConfigError
from audit.files import sha256_of
from audit.models.text_folder import load_text_folder
from audit.models.text_model import TextModel
from audit.packages import needing
from audit.texts import Texts, joined
from audit.training.checkpoint import FOLDER, opened
from audit.training.progress import Progress
from audit.training.texts.examples import Labelled, Places, TextExamples, refuse_untrainable
from audit.training.texts.pretrained import Base, open_base
from audit.training.texts.processes import first, processes, together, wait
from audit.training.texts.settings import TextSettings
from audit.training.texts.splits import parted


def train_texts(  # noqa: PLR0913 - a training has this many sides
    texts: Texts,
    labels: Places,
    *,
    classes: Sequence[str],
    settings: TextSettings,
    folder: Path | str | None = None,
    validation: Labelled | None = None,
    unlabelled: Texts | None = None,
    data_digest: str = "",
    progress: Progress = lambda _what, _done, _total: None,
    resume: bool = False,
) -> TextModel:
    """Fine-tune a network; on one machine the same texts and settings give the same weights.

    Parameters
    ----------
    texts : Texts
        n of them.
    labels : ndarray of int64, shape (n,)
        Places among the classes.
    classes : sequence of str
        As levels are written.
    settings : TextSettings
    folder : Path, optional
        Where the model is written once it is whole, and until then what is needed to resume. A
        model that is there stays until then.
    validation : Labelled, optional
        Rows of a file of their own that measure when to stop, in place of a share.
    unlabelled : Texts, optional
        For `settings.pretrain`.
    data_digest : str, optional
        Of the file that the rows came from, for the record.
    progress : callable, optional
        Called as (what, steps done, steps in all) after each step.
    resume : bool, optional
        Go on where a training into the same folder was killed. Without it, one that was begun
        there is discarded.

    Raises
    ------
    SubjectError
        If the texts or the base cannot be trained on, the memory is too small, or what is to be
        resumed is another training.
    MissingError
        If a package is not installed.

    """
    given = TextExamples(
        rows=Labelled(texts=texts, labels=labels),
        classes=tuple(classes),
        validation=validation,
        unlabelled=unlabelled,
        data_digest=data_digest,
    )
    refuse_untrainable(given, settings)
    need(settings)
    where = None if folder is None else Path(folder)
    if where is None and processes() > 1:
        msg = "several processes need a folder for the model that they train together"
        raise ConfigError(msg)
    with together():
        return _trained(given.in_order(), settings, where, progress, resume=resume)


def need(settings: TextSettings) -> None:
    """Raise if a package is missing, before anything is trained or written."""
    with needing("training a model of texts"):
        import accelerate  # type: ignore[import-untyped] # noqa: F401
        import safetensors.torch  # noqa: F401
        import torch.utils.tensorboard  # noqa: F401
        import transformers  # noqa: F401

        if settings.method == "lora":
            import peft  # noqa: F401


def mark_of(given: TextExamples, settings: TextSettings, base: Base) -> str:
    """Return what tells this training from others, for rows that are in order."""
    from audit.training.texts.record import versions

    return given.fingerprint(settings, base.digest, versions())


def _trained(
    given: TextExamples,
    settings: TextSettings,
    folder: Path | None,
    progress: Progress,
    *,
    resume: bool,
) -> TextModel:
    from audit.training.texts.surroundings import enough_memory, quiet, undisturbed
    from audit.training.texts.version import is_there

    base = open_base(Path(settings.base), settings.max_length)
    mark = mark_of(given, settings, base)
    with quiet():
        if folder is not None and resume and is_there(folder, mark):
            _clear(folder / FOLDER)
            return load_text_folder(folder)
        checkpoint = _opened(folder, mark, settings, resume=resume)
        with tempfile.TemporaryDirectory(prefix="audit-training-") as spare:
            place = Path(spare) if folder is None else folder
            with undisturbed(settings.seed), enough_memory(settings):
                _write(given, settings, base, mark, place, checkpoint, progress)
            wait()
            return load_text_folder(place)


def _write(  # noqa: PLR0913, PLR0917 - a training has this many sides
    given: TextExamples,
    settings: TextSettings,
    base: Base,
    mark: str,
    folder: Path,
    checkpoint: Path | None,
    progress: Progress,
) -> None:
    """Train, and write the version."""
    from audit.training.texts.course import Course
    from audit.training.texts.record import record_of
    from audit.training.texts.version import write_version

    started, parts = time.monotonic(), parted(given, settings)
    course = Course(
        examples=given,
        parts=parts,
        settings=settings,
        base=base,
        checkpoint=checkpoint,
        logs=None if checkpoint is None else folder,
        progress=progress,
    )
    taught = course.train()
    if first():
        record = record_of(
            taught,
            examples=given,
            parts=parts,
            settings=settings,
            base=base,
            fingerprint=mark,
            folder=None if checkpoint is None else folder,
            seconds=time.monotonic() - started,
        )
        seen = joined([part.texts for part in (parts.fit, parts.held) if part is not None])
        write_version(folder, taught, record, seen, checkpoint or folder)
        if checkpoint is not None:
            _clear(checkpoint)


def _opened(folder: Path | None, mark: str, settings: TextSettings, *, resume: bool) -> Path | None:
    """Return where this training keeps what it reached; the first process makes it ready.

    It goes on to the same weights only on the same machine, as many processes, as many threads.
    """
    from audit.training.board import Board
    from audit.training.texts.record import machine

    if folder is None:
        return None
    if first():
        here = json.dumps(machine(settings), sort_keys=True)
        what = "data, settings, versions, machine, number of processes or threads"
        opened(folder, sha256_of(f"{mark} {here}".encode()), resume=resume, what=what)
        Board(folder, fresh=not resume)
    wait()
    return folder / FOLDER


def _clear(checkpoint: Path) -> None:
    shutil.rmtree(checkpoint, ignore_errors=True)
