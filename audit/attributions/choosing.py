"""Which explanation method is meant by a name, for a model."""

from typing import Final, Protocol, runtime_checkable

from audit.attributions.gradients import IntegratedGradients
from audit.attributions.shapley import Shapley
from audit.errors import SubjectError, nearest
from audit.inputs import Inputs
from audit.packages import installed
from audit.predictors import Differentiable, Explains, Model

METHODS: Final = ("auto", "shap", "integrated_gradients")


@runtime_checkable
class Method(Explains, Protocol):
    """A method of ours, which can say all its settings before it explains."""

    def described(self, model: Model, background: Inputs) -> str:
        """Name the method and its settings."""
        ...


def method_of(name: str, model: Model) -> Method:
    """Return the method of a name.

    `auto` is integrated gradients where the model has gradients and captum is installed, since
    they find as much as shap in a fraction of the time (`benchmarks/attributions.py`), and shap
    otherwise.

    Raises
    ------
    SubjectError
        If there is no such method, or the model lacks the gradients that it needs.

    """
    if name not in METHODS:
        msg = f"there is no explanation method {name!r}{nearest(name, METHODS)}"
        raise SubjectError(msg)
    gradients = isinstance(model, Differentiable)
    if name == "integrated_gradients" and not gradients:
        msg = "integrated gradients need a model with gradients, and this one has none"
        raise SubjectError(msg)
    if name == "shap" or not gradients or (name == "auto" and not installed("captum")):
        return Shapley()
    return IntegratedGradients()
