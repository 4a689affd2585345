"""Which explanation method is meant by a name, for a model of texts."""

from typing import Final, Protocol, runtime_checkable

from audit.attributions.text_gradients import GradientTimesInput, TextIntegratedGradients
from audit.attributions.text_partition import Partition
from audit.errors import SubjectError, nearest
from audit.packages import installed
from audit.predictors import Model
from audit.text_predictors import DifferentiableTexts, ExplainsTexts
from audit.texts import Texts

TEXT_METHODS: Final = ("auto", "shap", "integrated_gradients", "gradient_x_input")
BY_GRADIENTS: Final = ("integrated_gradients", "gradient_x_input")


@runtime_checkable
class TextMethod(ExplainsTexts, Protocol):
    """A method of ours, which can say all its settings before it explains."""

    def described(self, model: Model[Texts]) -> str:
        """Name the method and its settings."""
        ...


def text_method_of(name: str, model: Model[Texts]) -> TextMethod:
    """Return the method of a name.

    `auto` is integrated gradients where the model has gradients and captum is installed, and
    shap's partition otherwise.

    Raises
    ------
    SubjectError
        If there is no such method, or the model lacks the gradients that it needs.

    """
    if name not in TEXT_METHODS:
        msg = f"there is no explanation method {name!r}{nearest(name, TEXT_METHODS)}"
        raise SubjectError(msg)
    gradients = isinstance(model, DifferentiableTexts)
    if name in BY_GRADIENTS and not gradients:
        msg = f"{name} needs a model with gradients, and this one has none"
        raise SubjectError(msg)
    if name == "gradient_x_input":
        return GradientTimesInput()
    if name == "shap" or not gradients or (name == "auto" and not installed("captum")):
        return Partition()
    return TextIntegratedGradients()
