"""One static page: no scripts, no requests, safe against hostile text in the data."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audit.protocol import Format
from audit.record import Record
from audit_reports.pages import PageData, page_data
from audit_reports.words import words_of

_PLAIN: Final = frozenset(" .:-")
_LONGEST_MARGIN: Final = 60


def render(record: Record, language: str) -> str:
    """Return the page; the same record always gives the same bytes.

    Raises
    ------
    ConfigError
        If the report does not speak the language.

    """
    page = page_data(record, language)
    styles = (_sheet(), _margins(page))
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            page=page,
            t=words_of(language),
            styles=[Markup(style) for style in styles],  # noqa: S704 - ours, or escaped below
            hashes=[_hash(style) for style in styles],
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("audit_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _sheet() -> str:
    """Return the style sheet as it is served: without comments and line breaks."""
    text = (files("audit_reports") / "style" / "report.css").read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|\n", "", text, flags=re.DOTALL)


def _margins(page: PageData) -> str:
    """Name model, decision and record at the head of each printed page."""
    left = _css_text(f"{page.decision.word} {page.model}"[:_LONGEST_MARGIN])
    right = _css_text(f"sha256 {page.digest[:32]}")
    font = "font:9pt sans-serif;color:#4f5d6b"
    return f'@page{{@top-left{{content:"{left}";{font}}}@top-right{{content:"{right}";{font}}}}}'


def _css_text(text: str) -> str:
    return "".join(map(_css_letter, text))


def _css_letter(letter: str) -> str:
    if letter.isascii() and (letter.isalnum() or letter in _PLAIN):
        return letter
    return f"\\{ord(letter):x} "


def _hash(style: str) -> str:
    return "sha256-" + b64encode(sha256(style.encode()).digest()).decode()


FORMAT: Final = Format(render=render, file="report.html", per_language=True)
