"""How a model of tables is trained."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from audit.errors import ConfigError

Constraint = Literal[
    "demographic_parity",
    "true_positive_rate_parity",
    "false_positive_rate_parity",
    "equalized_odds",
    "error_rate_parity",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSettings:
    """How a model of tables is trained; all that decides its weights beside the data.

    Attributes
    ----------
    epochs : int
        At most.
    patience : int or None
        Epochs without a better validation loss before it ends; None trains all epochs. The best
        weights are kept in either case.
    validation : float
        Share of the rows that measure when to stop, cut from each network's own training part;
        0 trains on all rows for all epochs.
    folds : int or None
        Networks, of which each never sees one fold.
    class_weight : {None, "balanced"}
        "balanced" lets every class count alike, whatever its share.
    mitigation : {None, "grid_search"}
        fairlearn's GridSearch: networks for several trade-offs between error and `constraint`, of
        which the best is kept.
    constraint : str
        What is to be even between the levels of `protected`.
    grid_size : int
        Trade-offs that are tried. Between two levels they lie on a line; between more they are
        spread over a space and need to be many.
    grid_limit : float
        How far the strongest trade-off goes, fairlearn's multiplier of the constraint.
    constraint_weight : float
        How much the violation of the constraint counts against the error rate when the best is
        chosen, in [0, 1].
    protected : str
        The group's name, for the record; no network reads it.
    favorable : int
        The place of the favourable class, whose rates are to be even.

    """

    epochs: int = 60
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.5
    dropout: float = 0.1
    hidden: tuple[int, ...] = (64, 32)
    patience: int | None = 5
    validation: float = 0.15
    folds: int | None = None
    class_weight: Literal["balanced"] | None = None
    mitigation: Literal["grid_search"] | None = None
    constraint: Constraint = "demographic_parity"
    grid_size: int = 7
    grid_limit: float = 2.0
    constraint_weight: float = 0.5
    protected: str = ""
    favorable: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        rules = {
            "epochs": (self.epochs >= 1, "at least 1"),
            "batch_size": (self.batch_size >= 1, "at least 1"),
            "learning_rate": (self.learning_rate > 0, "above 0"),
            "weight_decay": (self.weight_decay >= 0, "at least 0"),
            "dropout": (0 <= self.dropout < 1, "in [0, 1)"),
            "hidden": (all(width >= 1 for width in self.hidden), "widths of at least 1"),
            "patience": (self.patience is None or self.patience >= 1, "at least 1 or None"),
            "validation": (0 <= self.validation < 1, "in [0, 1)"),
            "folds": (self.folds is None or self.folds >= 2, "at least 2 or None"),  # noqa: PLR2004
            "grid_size": (self.grid_size >= 2, "at least 2"),  # noqa: PLR2004 - a grid
            "grid_limit": (0 < self.grid_limit < float("inf"), "above 0"),
            "constraint_weight": (0 <= self.constraint_weight <= 1, "in [0, 1]"),
            "constraint": (
                self.constraint in get_args(Constraint),
                f"one of {', '.join(get_args(Constraint))}",
            ),
        }
        for name, (holds, rule) in rules.items():
            if not holds:
                msg = f"train.{name}: must be {rule}, but got {getattr(self, name)!r}"
                raise ConfigError(msg)
        if self.mitigation and self.class_weight:
            msg = (
                "train.class_weight: cannot be given with mitigation, which weights the rows "
                "itself; leave one of the two out"
            )
            raise ConfigError(msg)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        return asdict(self) | {"hidden": list(self.hidden)}

    @classmethod
    def from_dict(cls, held: dict[str, Any]) -> Self:
        """Return the settings that `to_dict` wrote; what they do not name keeps its default."""
        known = {each.name for each in fields(cls)}
        given = {name: value for name, value in held.items() if name in known}
        return cls(**given | {"hidden": tuple(given.get("hidden", cls().hidden))})
