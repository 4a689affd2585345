import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.errors import MissingError
from audit.models.tables import TableModel
from tests.audit.training.applications import QUICK, applications, trained

ROWS = applications(60)
GRID = replace(QUICK, epochs=1, mitigation="grid_search")


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def take(package: str) -> None:
        for name in [*sys.modules]:
            own = name.startswith(("audit.models.network", "audit.training.", "torch.utils.tensor"))
            if own or name == package or name.startswith(f"{package}."):
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, package, None)

    return take


@pytest.mark.parametrize(
    ("package", "sentence", "how"),
    [
        ("safetensors", "training a model of tables needs safetensors, which is not", {}),
        ("tensorboard", "training a model of tables needs tensorboard, which is not", {}),
        ("fairlearn", "mitigation needs fairlearn, which is not", {"settings": GRID}),
    ],
)
def test_a_training_says_which_package_is_missing_before_it_writes(
    package: str,
    sentence: str,
    how: dict[str, Any],
    without: Callable[[str], None],
    tmp_path: Path,
) -> None:
    without(package)
    with pytest.raises(MissingError, match=rf"{sentence} installed; run: pip install "):
        trained(ROWS, **how, folder=tmp_path, levels=ROWS.levels)
    assert not list(tmp_path.iterdir())


def test_a_model_says_that_torch_is_missing(without: Callable[[str], None], tmp_path: Path) -> None:
    trained(ROWS, replace(QUICK, epochs=1), folder=tmp_path)
    without("torch")
    with pytest.raises(MissingError, match="a model of tables needs torch, which is not installed"):
        TableModel.load(tmp_path)
