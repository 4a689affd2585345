"""The example projects are whole: what they name is there, and their gates fit their checks."""

import datetime as dt
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audit.catalogue import check_ids, load_check, make_check
from audit.cli import main
from audit.config import read
from audit.errors import ConfigError
from audit.projects import NAMES, QUICK, copy_project, project_configs, project_folder
from fixtures.planted.texts import reviews, write_base

TODAY = dt.date(2026, 1, 1)
CONFIGS = [
    pytest.param(path, id=f"{name} {path.stem}")
    for name in NAMES
    for quick in (False, True)
    for path in project_configs(project_folder(name), quick=quick)
]


@pytest.mark.parametrize("path", CONFIGS)
def test_every_gate_of_an_example_fits_a_check(path: Path) -> None:
    config = read(path, today=TODAY)
    for check, settings in config.check_settings().items():
        assert check in check_ids()
        make_check(check, settings)
    for gate in config.gate:
        assert gate.metric in {each.name for each in load_check(gate.check).metrics}
        assert gate.why


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_two_versions_of_one_model(name: str) -> None:
    forms = [project_configs(project_folder(name), quick=quick) for quick in (False, True)]
    assert [len(form) for form in forms] == [2, 2 if name in QUICK else 0]
    for form in forms:
        cards = [read(path, today=TODAY).model for path in form]
        assert len({card.name for card in cards}) <= 1
        assert [card.version for card in cards] == sorted(card.version for card in cards)


def test_a_copy_keeps_what_else_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    copy_project("reviews", tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert (tmp_path / "prepare.py").is_file()


def test_an_unknown_example_gets_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'reviews'"):
        copy_project("review", tmp_path)


def test_what_has_no_quick_form_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "loans", "--quick", "--out", str(tmp_path)]) == 2
    assert "--quick: loans has no quick form" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


@pytest.mark.slow
def test_the_example_of_reviews_runs_on_other_reviews(tmp_path: Path) -> None:
    """A tiny encoder and made-up reviews stand for the real ones; every gate is judged."""
    copy_project("reviews", tmp_path)
    write_base(tmp_path / "encoder")
    (tmp_path / "data" / "quick").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for seed, (name, rows) in enumerate({"test": 600, "reference": 300, "train": 450}.items()):
        drawn = reviews(rows, seed, name=name)
        frame = pd.DataFrame(
            {
                "id": [f"{name} {row}" for row in range(rows)],
                "review": drawn.texts.values,
                "satisfied": np.where(drawn.labels, "satisfied", "dissatisfied"),
                "age": rng.integers(18, 90, rows),
                "department": rng.choice(["Tops", "Dresses"], rows),
            }
        )
        frame.to_parquet(tmp_path / "data" / "quick" / f"{name}.parquet")
    for version in ("1", "2"):
        path = tmp_path / f"quick-{version}.toml"
        text = path.read_text().replace("[train]", "[train]\nmax_length = 64")
        text = re.sub(r"epochs = 2\nlearning_rate = .*", "epochs = 4\nlearning_rate = 3e-3", text)
        path.write_text(text.replace("../../review-reader-quick", "out/review-reader-quick"))
        assert main(["train", str(path)]) == 0
        assert main(["run", str(path), "--out", str(tmp_path / "out")]) in {0, 1, 4}
        held = tmp_path / "out" / "review-reader-quick" / version / "latest" / "results.json"
        record = json.loads(held.read_text())
        assert {check["status"] for check in record["checks"]} <= {"measured", "partly"}
        assert "error" not in {gate["verdict"] for gate in record["gates"]}
