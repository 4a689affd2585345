"""How the model of a subject came to be, and who trains copies of it, as far as it says."""

from audit.models.cached import Cached
from audit.models.estimators import EstimatorModel
from audit.models.refitting import EstimatorTrainer
from audit.models.tables import TableModel
from audit.predictors import Model, Trains
from audit.sources import Training
from audit.texts import Texts
from audit.training.settings import TableSettings
from audit.training.trainer import TableTrainer


def text_trainer_of(model: Model[Texts]) -> Trains[Texts] | None:  # noqa: ARG001
    """Return what trains copies of a model of texts as it was trained."""
    return None


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
    if not isinstance(inner, TableModel) or not (said := inner.training_record):
        return None
    metrics = {
        f"{part} {name}".replace("_", " "): value
        for part, found in said["metrics"].items()
        for name, value in found.items()
    }
    return Training(
        kind="table network",
        data_digest=said["data"]["digest"],
        rows=said["data"]["rows"],
        seed=said["seed"],
        settings=said["hyperparameters"],
        metrics=metrics,
        seconds=said["seconds"],
        protocol=inner.protocol,
    )


def _inner(model: object) -> object:
    return model.inner if isinstance(model, Cached) else model
