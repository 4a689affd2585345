"""How a model of texts is trained."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, Self, get_args

from audit.errors import ConfigError

Method = Literal["full", "last_layers", "lora", "head"]
_RATES: Final = {"full": 1e-4, "last_layers": 2e-4, "lora": 1e-3, "head": 1e-3}
_SHORTEST: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class TextSettings:
    """How a model of texts is trained; all that decides its weights beside the data and the base.

    Attributes
    ----------
    base : str
        The folder of transformers whose network is fine-tuned. A base that is a classifier loses
        its head: a new one is drawn.
    method : {"full", "last_layers", "lora", "head"}
        What is trained: all weights; the last two layers and the head; low-rank changes of every
        linear layer and the head; or the head alone.
    pretrain : str
        A file of texts without labels, on which the base goes on to learn masked words before it is
        fine-tuned; "" leaves that out.
    pretrain_epochs : int
    per_class : int or None
        So many rows of each class are all that is learned from, drawn by their ids; rows for
        validation are cut from them.
    epochs : int
        At most.
    batch_size : int
        Texts a step, of all processes together.
    learning_rate : float or None
        The largest; it rises over a tenth of the steps and falls to 0. None is that of the method.
    max_length : int
        Tokens that are read of a text, special ones counted.
    patience : int or None
        Epochs without a better validation loss before it ends; None trains all epochs. The best
        weights are kept in either case.
    class_weight : {None, "balanced"}
        "balanced" lets every class count alike, whatever its share.
    validation : float or str
        The share of the rows that measure when to stop, or the file that holds such rows; 0 trains
        on all rows for all epochs.
    mixed_precision : bool
        Whether a GPU computes in half precision, where it can; weights stay float32.
    checkpoint_steps : int or None
        Steps after which the state is kept, beside the end of each epoch.
    seed : int

    """

    base: str
    method: Method = "full"
    pretrain: str = ""
    pretrain_epochs: int = 1
    per_class: int | None = None
    epochs: int = 3
    batch_size: int = 16
    learning_rate: float | None = None
    weight_decay: float = 0.01
    max_length: int = 128
    patience: int | None = 2
    class_weight: Literal["balanced"] | None = None
    validation: float | str = 0.15
    mixed_precision: bool = True
    checkpoint_steps: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained, and fill in the learning rate."""
        methods = get_args(Method)
        if self.method in methods and self.learning_rate is None:
            object.__setattr__(self, "learning_rate", _RATES[self.method])
        rate, share = self.learning_rate, self.validation
        rules = {
            "base": (bool(self.base), "the folder of a network"),
            "method": (self.method in methods, f"one of {', '.join(methods)}"),
            "pretrain_epochs": (self.pretrain_epochs >= 1, "at least 1"),
            "per_class": (_none_or_one(self.per_class), "at least 1 or None"),
            "epochs": (self.epochs >= 1, "at least 1"),
            "batch_size": (self.batch_size >= 1, "at least 1"),
            "learning_rate": (rate is None or 0 < rate < float("inf"), "above 0"),
            "weight_decay": (0 <= self.weight_decay < float("inf"), "at least 0"),
            "max_length": (self.max_length >= _SHORTEST, f"at least {_SHORTEST}"),
            "patience": (_none_or_one(self.patience), "at least 1 or None"),
            "class_weight": (self.class_weight in {None, "balanced"}, "balanced or None"),
            "validation": (isinstance(share, str) or 0 <= share < 1, "in [0, 1), or a file"),
            "checkpoint_steps": (_none_or_one(self.checkpoint_steps), "at least 1 or None"),
        }
        for name, (holds, rule) in rules.items():
            if not holds:
                msg = f"train.{name}: must be {rule}, but got {getattr(self, name)!r}"
                raise ConfigError(msg)

    def steps(self, rows: int) -> int:
        """Return the steps of one epoch over so many texts."""
        return math.ceil(rows / self.batch_size)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, held: dict[str, Any]) -> Self:
        """Return the settings that `to_dict` wrote; what they do not name keeps its default."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in held.items() if name in known})


def _none_or_one(value: int | None) -> bool:
    return value is None or value >= 1
