import math

import pytest

from audit import ConfigError, Limit


@pytest.mark.parametrize(
    ("low", "high"),
    [(None, None), (math.nan, 0.1), (None, math.nan), (0.2, 0.1), (-math.inf, 0.1)],
)
def test_a_limit_that_cannot_judge_is_refused(low: float | None, high: float | None) -> None:
    with pytest.raises(ConfigError, match="must have a finite end and low <= high"):
        Limit(low, high)


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (Limit.at_most(0.1), "at most 0.1"),
        (Limit.at_least(0.0000001), "at least 1e-07"),
        (Limit(-0.1, 0.1), "-0.1 to 0.1"),
    ],
)
def test_a_limit_reads_as_it_was_written(limit: Limit, text: str) -> None:
    assert str(limit) == text
