"""Numbers as a reader sees them: digits enough to see why, a real minus, thousands apart."""
# ruff: noqa: RUF002 - the examples show the real minus

from itertools import count as count_up
from typing import Final

MINUS: Final = "\u2212"
_MOST_DECIMALS: Final = 12
_LONGEST: Final = 1e15


def number(value: float, *others: float, sign: bool = False) -> str:
    """Round to three decimals, or to as many as it takes to stay on its side of other values.

    Examples
    --------
    >>> number(0.05), number(0.0500001, 0.05), number(0.99996, 1), number(1234.5)
    ('0.050', '0.0500001', '0.99996', '1,234.500')
    >>> number(0.1004, 0.1003)
    '0.1004'
    >>> number(-0.25), number(0.25, sign=True), number(-0.0001, sign=True)
    ('−0.250', '+0.250', '0.000')

    """
    apart = [other for other in others if other != value]
    for decimals in count_up(3):
        if decimals > _MOST_DECIMALS:
            return f"{value!r}".replace("-", MINUS)
        text = f"{value:.{decimals}f}"
        rounded = float(text)
        if all(rounded != other and (rounded > other) is (value > other) for other in apart):
            return fixed(value, decimals, sign=sign)
    raise AssertionError


def fixed(value: float, decimals: int, *, sign: bool = False) -> str:
    """Print a fixed number of decimals; zero has no sign.

    Examples
    --------
    >>> fixed(-0.02, 2), fixed(0.02, 2, sign=True), fixed(-0.001, 2), fixed(4812, 0)
    ('−0.02', '+0.02', '0.00', '4,812')

    """
    text = f"{value:{'+' if sign else ''},.{decimals}f}"
    if not any(character in "123456789" for character in text):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def written(value: float, *, sign: bool = False) -> str:
    """Print a limit with the digits that its author wrote.

    Examples
    --------
    >>> written(0.8), written(-0.01), written(0.02, sign=True), written(1500), written(0)
    ('0.8', '−0.01', '+0.02', '1,500', '0')

    """
    plus = "+" if sign and value else ""
    text = f"{value:{plus},.15g}" if abs(value) < _LONGEST else f"{value:{plus}g}"
    return text.replace("-", MINUS)


def decimals_of(value: float) -> int:
    """Count the decimals that it takes to write a number, at most 12.

    Examples
    --------
    >>> decimals_of(0.8), decimals_of(0.015), decimals_of(1500), decimals_of(1e-05)
    (1, 3, 0, 5)

    """
    text = f"{value:.{_MOST_DECIMALS}f}".rstrip("0")
    return len(text.partition(".")[2])


def count(value: int) -> str:
    """Print a count.

    Examples
    --------
    >>> count(4812)
    '4,812'

    """
    return f"{value:,}"


def percent(share: float) -> str:
    """Print a share in percent, without the sign.

    Examples
    --------
    >>> percent(0.95), percent(0.999)
    ('95', '99.9')

    """
    return f"{share * 100:.6g}"
