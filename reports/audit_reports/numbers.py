"""Numbers as a reader sees them: digits enough to see why, a real minus, thousands apart."""
# ruff: noqa: RUF002 - the examples show the real minus

from collections.abc import Iterable
from typing import Final

MINUS: Final = "\u2212"
_MOST_DECIMALS: Final = 12
_LONGEST: Final = 1e15
_THOUSAND: Final = 1000


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
    decimals = decimals_apart(value, others)
    if decimals is None:
        return f"{value!r}".replace("-", MINUS)
    return fixed(value, decimals, sign=sign)


def decimals_apart(value: float, others: Iterable[float], *, fewest: int = 3) -> int | None:
    """Return the decimals with which a value stays on its side of others; None is all digits.

    Examples
    --------
    >>> decimals_apart(0.05, []), decimals_apart(0.1004, [0.1003]), decimals_apart(0.1, [0.1])
    (3, 4, 3)

    """
    known = tuple(others)
    tried = range(fewest, _MOST_DECIMALS + 1)
    return next((n for n in tried if _same_sides(float(f"{value:.{n}f}"), value, known)), None)


def _same_sides(written: float, value: float, others: Iterable[float]) -> bool:
    return all(
        (written < other, written > other) == (value < other, value > other) for other in others
    )


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


def short(value: float) -> str:
    """Print the four digits that matter, thousands apart.

    Examples
    --------
    >>> short(0.00766284), short(1.0), short(12345.6), short(-4e-07)
    ('0.007663', '1', '12,346', '−4e−07')

    """
    text = f"{value:,.0f}" if abs(value) >= _THOUSAND else f"{value:.4g}"
    return text.replace("-", MINUS)


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
