import pandas as pd
import pytest

import audit
from audit.catalogue import load_format
from tests.reports.hostile import HOSTILE, record_with
from tests.reports.pages_of import seen

TABLE = pd.DataFrame({"hired": [1, 0, 1, 1] * 50, "sex": ["f", "f", "m", "m"] * 50})


@pytest.fixture
def result() -> audit.Result:
    return audit.check(
        "bias.selection_rate", audit.predictions(TABLE, prediction="hired", groups=["sex"])
    )


def test_a_notebook_shows_a_table_and_a_picture(result: audit.Result) -> None:
    shown = result._repr_html_()
    assert shown.count("<tr>") == 1 + len(result.findings)
    assert shown.count("<svg") == 1 + len(result.findings)
    assert "<script" not in shown
    assert "style=" not in shown


@pytest.mark.parametrize("word", HOSTILE)
def test_text_from_the_data_does_nothing_in_a_notebook(word: str) -> None:
    render = load_format("notebook").render
    page, harmless = (seen(render(record_with(w), "en")) for w in (word, "plain"))
    assert page.elements == harmless.elements


def test_a_result_is_a_frame_a_dict_and_a_chart(result: audit.Result) -> None:
    frame = result.to_frame()
    assert list(frame["metric"][:2]) == ["selection_rate", "selection_rate"]
    assert result.to_dict()["status"] == "measured"
    chart = result.plot().to_dict()
    assert {row["metric"] for rows in chart["datasets"].values() for row in rows} == set(
        frame["metric"]
    )


def test_a_result_is_held_against_a_limit(result: audit.Result) -> None:
    judged = result.judge("demographic_parity_difference", at_most=0.9)
    assert judged.verdict == "pass"
    with pytest.raises(audit.ConfigError, match="did you mean 0\\.1"):
        result.judge("demographic_parity_difference", at_most=10)
