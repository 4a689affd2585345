"""Without a package, what needs it says so in one sentence, and everything else goes on."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import audit
from audit.cli import main
from audit.results import Cause
from fixtures.planted.models import LinearModel
from fixtures.planted.texts import network, reviews, tokenizer, write_base

RNG = np.random.default_rng(5)
ROWS = pd.DataFrame({"a": RNG.normal(size=600), "b": RNG.normal(size=600)})
ROWS = ROWS.assign(
    y=(ROWS["a"] + ROWS["b"] + RNG.normal(size=600) > 0).astype(int),
    sex=np.where(np.arange(600) % 2, "f", "m"),
    id=np.arange(600),
)
TRAIN = """
[model]
name = "m"
version = "1"
path = "made"
[data]
test = "rows.parquet"
label = "y"
id = "id"
groups = ["sex"]
[train]
data = "rows.parquet"
folds = 2
epochs = 1
{more}
[checks.robustness.feature_noise]
"""


def remove(patch: pytest.MonkeyPatch, package: str) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        patch.delitem(sys.modules, name)
    patch.setitem(sys.modules, package, None)


def subject(*, linear: bool) -> audit.Subject:
    weights = np.array([1.0, 1.0])
    features = (audit.Feature(name="a"), audit.Feature(name="b"))
    model = (
        LinearModel(weights=weights, features=features)
        if linear
        else LogisticRegression().fit(ROWS[["a", "b"]], ROWS["y"])
    )
    return audit.subject(model, ROWS, label="y", groups=["sex"], favorable=1, id="id")


@pytest.mark.parametrize(
    ("package", "check", "linear", "settings"),
    [
        ("shap", "explanation.faithfulness", False, {}),
        ("shap", "explanation.completeness", True, {"method": "shap"}),
        ("captum", "explanation.faithfulness", True, {"method": "integrated_gradients"}),
        ("torch", "robustness.adversarial", True, {}),
        ("fairlearn", "bias.mitigation", False, {}),
        ("sklearn", "bias.proxies", True, {}),
    ],
)
def test_a_check_without_its_package_is_unmeasured_and_says_the_command(
    monkeypatch: pytest.MonkeyPatch,
    package: str,
    check: str,
    linear: bool,  # noqa: FBT001 - a column of the table
    settings: dict[str, Any],
) -> None:
    asked = subject(linear=linear)
    remove(monkeypatch, package)
    result = audit.check(check, asked, **settings)
    assert not result.findings
    assert {each.cause for each in result.unmeasured} == {Cause.NEED}
    for each in result.unmeasured:
        assert package.replace("sklearn", "scikit-learn") in each.text
        assert "pip install" in each.text


def test_without_captum_a_model_with_gradients_is_explained_by_shap_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = subject(linear=True)
    remove(monkeypatch, "captum")
    [found] = audit.check("explanation.completeness", asked, rows=50).findings
    assert "shap" in str(found.details["method"])


def test_without_torch_nothing_is_trained_and_no_folder_is_read(tmp_path: Path) -> None:
    ROWS.to_parquet(tmp_path / "rows.parquet")
    config = tmp_path / "audit.toml"
    config.write_text(TRAIN.format(more=""))
    assert main(["train", str(config)]) == 0
    without = (
        "import sys; sys.modules['torch'] = None; from audit.cli import main; sys.exit(main())"
    )
    for command in (["train"], ["run", "--out", str(tmp_path / "out")]):
        done = subprocess.run(
            [sys.executable, "-c", without, *command, str(config)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "needs torch, which is not installed" in done.stderr
        assert "pip install 'release-audit[models]'" in done.stderr
    assert not [*(tmp_path / "out").rglob("results.json")]


def test_without_fairlearn_a_mitigation_is_not_begun(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ROWS.to_parquet(tmp_path / "rows.parquet")
    more = 'mitigation = "grid_search"\n[train.grid_search]\nprotected = "sex"'
    (tmp_path / "audit.toml").write_text(TRAIN.format(more=more))
    remove(monkeypatch, "fairlearn")
    assert main(["train", str(tmp_path / "audit.toml")]) == 2
    assert "needs fairlearn, which is not installed" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_without_skops_its_files_are_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import skops.io

    skops.io.dump(LogisticRegression().fit(ROWS[["a", "b"]], ROWS["y"]), tmp_path / "m.skops")
    remove(monkeypatch, "skops")
    with pytest.raises(audit.MissingError, match="needs skops, which is not installed; run: pip"):
        audit.load_model(tmp_path / "m.skops")


@pytest.mark.parametrize(
    ("package", "method", "runs"),
    [("transformers", "head", 2), ("accelerate", "head", 4), ("peft", "lora", 4)],
)
def test_texts_without_a_package_get_its_sentence(
    package: str, method: str, runs: int, tmp_path: Path
) -> None:
    rows = reviews(80, 1)
    frame = pd.DataFrame({"review": rows.texts.values, "y": rows.labels, "id": range(80)})
    frame.to_parquet(tmp_path / "rows.parquet")
    write_base(tmp_path / "base")
    network(0).save_pretrained(tmp_path / "ready")
    tokenizer().save_pretrained(tmp_path / "ready")
    roles = 'label = "y"\ntext = "review"'
    text = TRAIN.format(more=f'base = "base"\nmethod = "{method}"').replace('label = "y"', roles)
    text = text.replace("folds = 2\n", "").replace('groups = ["sex"]\n', "")
    text = text.replace("[checks.robustness.feature_noise]", "[checks.data.quality]")
    (tmp_path / "train.toml").write_text(text)
    (tmp_path / "run.toml").write_text(text.replace('"made"', '"ready"'))
    without = f"import sys; sys.modules[{package!r}] = None; "
    without += "from audit.cli import main; sys.exit(main())"
    for command, status in (("train", 2), ("run", runs)):
        done = subprocess.run(
            [sys.executable, "-c", without, command, str(tmp_path / f"{command}.toml")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        if status == 2:
            assert f"needs {package}, which is not installed" in done.stderr
            assert "pip install 'release-audit[models]'" in done.stderr
    assert not (tmp_path / "made" / "config.json").exists()
