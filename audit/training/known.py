"""How the model of a subject came to be, and who trains copies of it, as far as it says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from audit.models.cached import Cached
from audit.models.estimators import EstimatorModel
from audit.models.refitting import EstimatorTrainer
from audit.models.tables import TableModel
from audit.models.text_model import TextModel
from audit.predictors import Model, Trains
from audit.sources import Training
from audit.texts import Texts
from audit.training.settings import TableSettings
from audit.training.texts.settings import TextSettings
from audit.training.texts.trainer import TextTrainer, base_of
from audit.training.trainer import TableTrainer

_METHODS: Final = {
    "full": "all weights",
    "last_layers": "last layers",
    "lora": "LoRA",
    "head": "head only",
}


def text_trainer_of(model: Model[Texts]) -> Trains[Texts] | None:
    """Return what trains copies of a model of texts as it was trained.

    None where that is not known, or where the base does not lie any more where it did.
    """
    inner = _inner(model)
    if not isinstance(inner, TextModel) or not is_ours(said := inner.training_record):
        return None
    base = base_of(said["base"]["path"], Path(inner.network.name_or_path))
    if base is None:
        return None
    settings = TextSettings.from_dict(said["hyperparameters"] | {"base": str(base)})
    steps = settings.steps(sum(said["data"]["fit"].values())) * said["epochs"]
    return TextTrainer(settings=settings, classes=inner.classes, steps=steps)


def trainer_of(model: Model) -> Trains | None:
    """Return what trains copies of a model as it was trained, None where that is not known."""
    inner = _inner(model)
    if isinstance(inner, EstimatorModel):
        return EstimatorTrainer(model=inner)
    if isinstance(inner, TableModel) and (held := inner.training_record.get("hyperparameters")):
        return TableTrainer(settings=TableSettings.from_dict(held), classes=inner.classes)
    return None


def training_of(model: Model | Model[Texts]) -> Training | None:
    """Return what a model's training record says, None where there is none."""
    inner = _inner(model)
    if not isinstance(inner, TableModel | TextModel) or not (said := inner.training_record):
        return None
    if isinstance(inner, TextModel) and not is_ours(said):
        return None
    tables = isinstance(inner, TableModel)
    return Training(
        kind="table network" if tables else text_kind(said),
        data_digest=said["data"]["digest"],
        rows=said["data"]["rows"],
        seed=said["seed"],
        settings=said["hyperparameters"],
        metrics=_table_metrics(said) if tables else _text_metrics(said),
        seconds=said["seconds"],
        protocol=inner.protocol,
    )


def is_ours(said: Mapping[str, Any]) -> bool:
    """Say whether a record beside a model of texts is one that a training here wrote."""
    return {"fingerprint", "base", "hyperparameters", "data"} <= said.keys()


def text_kind(said: Mapping[str, Any]) -> str:
    """Return what was trained, and by which method."""
    return f"text classifier, {_METHODS[said['hyperparameters']['method']]}"


def _table_metrics(said: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"{part} {name}".replace("_", " "): value
        for part, found in said["metrics"].items()
        for name, value in found.items()
    }


def _text_metrics(said: Mapping[str, Any]) -> dict[str, float]:
    told = {name: said[name] for name in ("best_epoch", "trained_parameters", "parameters")}
    shares = {name: said["data"][name] for name in ("truncated_share", "unknown_share")}
    found = said["metrics"] | told | shares
    return {name.replace("_", " "): float(value) for name, value in found.items()}


def _inner(model: object) -> object:
    return model.inner if isinstance(model, Cached) else model
