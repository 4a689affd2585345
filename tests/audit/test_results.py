import json
import math

import pytest

from audit import About, Estimate, Question, Unmeasured


@pytest.mark.parametrize(
    ("low", "high", "n", "level"),
    [
        pytest.param(math.nan, 0.2, 9, 0.95, id="nan"),
        pytest.param(0.0, math.inf, 9, 0.95, id="infinite"),
        pytest.param(0.2, 0.1, 9, 0.95, id="low above high"),
        pytest.param(0.0, 0.2, 0, 0.95, id="no rows"),
        pytest.param(0.0, 0.2, 9, 95, id="level in percent"),
    ],
)
def test_what_is_no_measurement_is_no_estimate(
    low: float, high: float, n: int, level: float
) -> None:
    with pytest.raises(ValueError, match="must"):
        Estimate(value=0.1, low=low, high=high, level=level, n=n, method="by hand")


def test_the_order_of_writing_does_not_make_another_address() -> None:
    one, two = About({"a": "x", "b": "y"}), About({"b": "y", "a": "x"})
    assert (one, hash(one)) == (two, hash(two))


def test_an_address_comes_back_from_json() -> None:
    about = About({"across": ["race", "sex"], "severity": 2})
    assert About(json.loads(json.dumps(dict(about)))) == about


def test_only_known_names_are_filled_in_and_nothing_is_evaluated() -> None:
    question = Question(check="a", metric="b")
    lost = Unmeasured(question=question, reason="{a} {b} {{c}} {", params={"a": "{b}", "b": "x"})
    assert lost.text == "{b} x {{c}} {"


def test_a_level_of_several_groups_is_read_on_request_only() -> None:
    about = About({"race": "black", "sex": "female"})
    assert Question(check="a", metric="b", about=about, intersection=True).on_request
    assert not Question(check="a", metric="b", about=about).on_request
