"""The public names, each loaded on first use: `import audit` loads nothing heavy."""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from audit.api import check, run, train
    from audit.callback import TrainerCallback
    from audit.data.examples import example_file
    from audit.demands import Demand
    from audit.errors import (
        AuditError,
        CheckError,
        ConfigError,
        EvidenceError,
        MissingError,
        SubjectError,
    )
    from audit.gathering import predictions, subject
    from audit.inputs import Feature, Inputs
    from audit.limits import Limit
    from audit.models.loading import load_model
    from audit.predictors import Attribution, Differentiable, Explains, Model, Trains
    from audit.protocol import Check, Context, Format, Need
    from audit.record import Decision, Disposition, Gate, Judgement, Record, Severity, Verdict
    from audit.result import Result
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
    from audit.subjects import Subject
    from audit.units import Group, Units

__all__ = [
    "About",
    "Answer",
    "Attribution",
    "AuditError",
    "Better",
    "Cause",
    "Check",
    "CheckError",
    "ConfigError",
    "Context",
    "Decision",
    "Demand",
    "Differentiable",
    "Disposition",
    "Estimate",
    "EvidenceError",
    "Explains",
    "Feature",
    "Finding",
    "Format",
    "Gate",
    "Group",
    "Inputs",
    "Judgement",
    "Limit",
    "Metric",
    "MissingError",
    "Model",
    "Need",
    "Question",
    "Record",
    "Result",
    "Severity",
    "Subject",
    "SubjectError",
    "TrainerCallback",
    "Trains",
    "Units",
    "Unmeasured",
    "Verdict",
    "check",
    "example_file",
    "load_model",
    "predictions",
    "run",
    "subject",
    "train",
]

_HOMES: Final = {
    "api": {"check", "run", "train"},
    "callback": {"TrainerCallback"},
    "data.examples": {"example_file"},
    "demands": {"Demand"},
    "errors": {
        "AuditError",
        "CheckError",
        "ConfigError",
        "EvidenceError",
        "MissingError",
        "SubjectError",
    },
    "gathering": {"predictions", "subject"},
    "inputs": {"Feature", "Inputs"},
    "limits": {"Limit"},
    "models.loading": {"load_model"},
    "predictors": {"Attribution", "Differentiable", "Explains", "Model", "Trains"},
    "protocol": {"Check", "Context", "Format", "Need"},
    "record": {"Decision", "Disposition", "Gate", "Judgement", "Record", "Severity", "Verdict"},
    "result": {"Result"},
    "results": {
        "About",
        "Answer",
        "Better",
        "Cause",
        "Estimate",
        "Finding",
        "Metric",
        "Question",
        "Unmeasured",
    },
    "subjects": {"Subject"},
    "units": {"Group", "Units"},
}

if not TYPE_CHECKING:  # a type checker would take `__getattr__` to allow every name

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"audit.{home}"), name)
        msg = f"module 'audit' has no attribute {name!r}"
        raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
