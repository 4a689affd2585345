"""Text from data, made harmless for each place of plain text that it is written to."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 200
"""Columns after which a text is cut in its middle, wherever many texts share one page."""


def shown(text: str) -> str:
    r"""Return one line in which nothing acts: what cannot be seen is spelt out.

    CI servers look for `##vso[` and `##[` anywhere in a line, so a pair of `#` is taken apart.
    GitHub looks for `::` behind any blanks, so a line must begin with a word of our own.

    Examples
    --------
    >>> print(shown("a\x1b[2J\n##vso[task.complete]"))
    a\x1b[2J\n#\x23vso[task.complete]

    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return text.replace("##", r"#\x23")


def columns(text: str) -> int:
    """Count the columns that a terminal gives to a text: two for a wide character."""
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(char) in "WF" for char in text)


def clipped(text: str, width: int = LONGEST) -> str:
    """Cut the middle out of a text that is wider, since names often differ at their ends.

    Examples
    --------
    >>> clipped("bias.selection_rate demographic_parity_ratio (across=race)", 30)
    'bias.selection_… (across=race)'

    """
    if columns(text) <= width:
        return text
    head = _start(text, width // 2)
    tail = _start(text[::-1], width - 1 - columns(head))[::-1]
    return f"{head}…{tail}"


def code(text: str, width: int = LONGEST) -> str:
    """Return a code span of Markdown, where no link, image, mention or element can stand.

    Examples
    --------
    >>> code("@all [x](//evil)"), code("a`b"), code("")
    ('`@all [x](//evil)`', '``a`b``', '(empty)')

    """
    inner = clipped(shown(text), width)
    if not inner:
        return "(empty)"
    fence = "`" * (max(map(len, re.findall("`+", inner)), default=0) + 1)
    pad = " " if {inner[0], inner[-1]} & {"`", " "} and inner.strip() else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def cell(text: str, width: int = LONGEST) -> str:
    r"""Return a code span for a table, where a pipe would end the cell.

    Readers of Markdown disagree on a pipe behind a backslash, so that one is spelt out.

    Examples
    --------
    >>> print(cell("a|b"), cell("a\\|b"))
    `a\|b` `a\x7cb`

    """
    return code(text, width).replace(r"\|", r"\x7c").replace("|", r"\|")


def command_data(text: str) -> str:
    """Escape the message of a GitHub workflow command.

    Examples
    --------
    >>> command_data("100%: a, b")
    '100%25: a, b'

    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """Escape a property, such as the title, of a GitHub workflow command.

    Examples
    --------
    >>> command_property("100%: a, b")
    '100%25%3A a%2C b'

    """
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def _start(text: str, width: int) -> str:
    """Return the longest start that fits."""
    end = min(width, len(text))
    while columns(text[:end]) > width:
        end -= 1
    return text[:end]
