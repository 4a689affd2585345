"""From a path or an object to a model that can be asked."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from audit.errors import SubjectError
from audit.models.formats import Format, format_of, refusal
from audit.predictors import Model

_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_FOREIGN: Final = frozenset({"torch", "transformers", "keras", "tensorflow"})
_PAIR: Final = 2
_WHAT: Final = (
    "a model must be a folder that `audit train` or save_pretrained wrote, a skops file, a Python "
    "function as module:function, a fitted scikit-learn estimator, a function, a transformers "
    "pipeline for text-classification, a pair (network, tokenizer), or an object of the shape "
    "audit.Model"
)


def load_model(  # noqa: PLR0913 - a function says nothing of itself
    source: Any,  # noqa: ANN401 - a path, or any object that predicts
    *,
    base: Path | None = None,
    trusted: Sequence[str] = (),
    time_limit: float = 60.0,
    memory_limit: int | None = None,
    classes: Sequence[str] = (),
    favorable: Sequence[str] = (),
    features: Sequence[str] | None = None,
) -> Model[Any]:
    """Return what answers rows, whatever kind of model it is.

    Parameters
    ----------
    source : path, str or object
        A folder that `audit train` wrote, or `save_pretrained` of transformers; a skops file;
        `"module:function"`, which answers in a process of its own; a fitted scikit-learn
        estimator; a function, which answers in this process, without limits; a transformers
        pipeline for text-classification, or a pair (network, tokenizer), which are put into
        evaluation; or an object of the shape `audit.Model`, which is returned, and given texts
        instead of rows if it has `reads_texts = True`.
    base : Path, optional
        Where a relative path, and a module, are looked for; left out, the working directory.
    trusted : sequence of str
        Types in a skops file that may be made, beyond those that skops trusts of itself.
    time_limit : float
        Seconds that `module:function` may take to be imported, and for each call.
    memory_limit : int, optional
        Megabytes that `module:function` may take beyond what Python takes with pandas.
    classes, favorable : sequence of str
        Of a function: the classes that it answers, and which of two it gives the probability of
        when it returns one number a row; left out, the second.
    features : sequence of str, optional
        The columns to read, of a model that does not know them itself.

    Raises
    ------
    SubjectError
        With one sentence: what it is, why it is refused, what to do instead.
    MissingError
        If a package is not installed that reads it.

    Examples
    --------
    >>> model = load_model(lambda rows: 0.5 + 0 * rows["x"], classes=["no", "yes"])
    >>> from audit.encoding import encode_frame
    >>> import pandas as pd
    >>> model.predict(encode_frame(pd.DataFrame({"x": [1.0]}))).tolist()
    [[0.5, 0.5]]

    """
    folder = base or Path.cwd()
    if isinstance(source, str | Path):
        found = _at(folder / source, str(source), trusted, features)
    else:
        found = _held(source, features)
    if found is not None:
        return found
    if not classes:
        msg = "a function does not know its classes: give them, or a label to take them from"
        raise SubjectError(msg)
    from audit.models.functions import in_own_process, in_this_process
    from audit.models.own_process import Limits

    if not isinstance(source, str | Path):
        return in_this_process(source, classes=classes, favorable=favorable, columns=features)
    return in_own_process(
        str(source),
        folder=folder,
        classes=classes,
        favorable=favorable,
        columns=features,
        limits=Limits(seconds=time_limit, megabytes=memory_limit),
    )


def _at(
    where: Path, text: str, trusted: Sequence[str], features: Sequence[str] | None
) -> Model[Any] | None:
    """Read what lies at a path; None if there is nothing, and the text names a function."""
    if where.is_dir():
        return _folder(where)
    if where.is_file():
        return _file(where, trusted, features)
    if _FUNCTION.fullmatch(text):
        return None
    base = where.parents[len(Path(text).parts) - 1]
    msg = (
        f"{text}: there is no such file or folder; the path is taken from {base}, and "
        "`audit train` writes it where the config has a table [train]"
    )
    raise SubjectError(msg)


def _held(source: Any, features: Sequence[str] | None) -> Model[Any] | None:  # noqa: ANN401
    """Take an object that is a model; None if it is a function."""
    if isinstance(source, type):
        raise SubjectError(_refused(source))
    if isinstance(source, Model):
        return source
    if (pair := _pair(source)) is not None:
        from audit.models.text_folder import text_model

        return text_model(*pair)
    if _is_estimator(source):
        from audit.models.estimators import estimator_model

        return estimator_model(source, columns=features)
    if not callable(source) or _is_foreign(source):
        raise SubjectError(_refused(source))
    return None


def _pair(source: Any) -> tuple[Any, Any] | None:  # noqa: ANN401
    """Return a network and its tokenizer; None if it is something else."""
    if isinstance(source, tuple | list):
        if len(source) != _PAIR or not (_is_foreign(source[0]) and _is_foreign(source[1])):
            kinds = ", ".join(type(each).__name__ for each in source)
            msg = f"a pair must be a transformers network and its tokenizer, but is ({kinds})"
            raise SubjectError(msg)
        return source[0], source[1]
    if not (_is_foreign(source) and hasattr(source, "postprocess")):
        return None
    if (task := getattr(source, "task", None)) != "text-classification":
        msg = f"a pipeline must be for text-classification, but is for {task}"
        raise SubjectError(msg)
    return source.model, source.tokenizer


def _folder(folder: Path) -> Model[Any]:
    from audit.models.text_folder import is_text_folder, load_text_folder

    if is_text_folder(folder) and not (folder / "model.json").exists():
        return load_text_folder(folder)
    from audit.models.tables import TableModel

    loaded: Model = TableModel.load(folder)
    return loaded


def _file(path: Path, trusted: Sequence[str], features: Sequence[str] | None) -> Model:
    try:
        found = format_of(path)
    except OSError as problem:
        msg = f"{path}: cannot be read ({problem.strerror})"
        raise SubjectError(msg) from problem
    if found is not Format.SKOPS:
        raise SubjectError(refusal(path, found))
    from audit.models.estimators import read_skops

    return read_skops(path, trusted=trusted, columns=features)


def _is_estimator(source: Any) -> bool:  # noqa: ANN401
    return any(hasattr(source, name) for name in ("predict_proba", "get_params", "classes_"))


def _is_foreign(source: Any) -> bool:  # noqa: ANN401
    """Say whether it can be called, but not with a frame."""
    return any(each.__module__.partition(".")[0] in _FOREIGN for each in type(source).__mro__)


def _refused(source: Any) -> str:  # noqa: ANN401
    if isinstance(source, type):
        return f"{_WHAT}, but got the class {source.__name__}; give an object of it"
    if type(source).__name__.endswith("ForSequenceClassification"):
        return (
            f"a {type(source).__name__} reads tokens, which only its tokenizer can make of a text; "
            "give the pair (network, tokenizer)"
        )
    if _is_foreign(source):
        return (
            f"a {type(source).__name__} reads no table of itself; give a function that takes a "
            "frame, asks it, and returns the probability of each class"
        )
    return f"{_WHAT}, but got {type(source).__name__}"
