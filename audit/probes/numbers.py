"""Numbers of a text, moved a little where they say how much, not how good."""

import re
from typing import Final

from audit.probes.phrases import Replaced

_NUMBER: Final = re.compile(
    r"(?<!out of )(?<![\w.,/$\u00a3\u20ac%:'\"#-])\d{1,4}"
    r"(?![\w/%:'\"-]|[.,]\d|\s*(?:stars?|percent|out|points?|%|/|\*)\b)",
    re.IGNORECASE,
)
"""No price, date, fraction, share or rating."""
_STEPS: Final = (-2, -1, 1, 2)
_SMALL: Final = 3


def renumbered(text: str, draw: float) -> Replaced:
    """Move every such number by one or two; a number below 3 only up.

    Examples
    --------
    >>> renumbered("Size 12, 5 stars, $30", 0.6).text
    'Size 13, 5 stars, $30'

    """

    def moved(found: re.Match[str]) -> str:
        number = int(found.group())
        step = _STEPS[int(draw * len(_STEPS))]
        return str(number + (abs(step) if number < _SMALL else step))

    return Replaced(text=_NUMBER.sub(moved, text))
