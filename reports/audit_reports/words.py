"""Every text of the page, in one language."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from audit.errors import ConfigError, nearest
from audit.results import fill
from audit_reports.numbers import count
from audit_reports.spacing import fill_spaced

LANGUAGES: Final = ("en", "zh-CN")


class Words:
    """The texts of one language, by key.

    Examples
    --------
    >>> words = Words("en", {"rows": {"one": "{n} row", "other": "{n} rows"}, "no": "none"})
    >>> words("rows", n=1), words("rows", n=4812), words("no")
    ('1 row', '4,812 rows', 'none')

    """

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language = language
        self._tables = texts
        self._texts = dict(flat(texts))

    def __call__(self, key: str, /, **params: str | int) -> str:
        """Return a text with its params filled in; `n` chooses between one and other."""
        text = self._texts[key]
        if not isinstance(text, str):
            text = text["one" if params["n"] == 1 else "other"]
        shown = {
            name: count(value) if isinstance(value, int) else value
            for name, value in params.items()
        }
        return self.fill(text, shown)

    def fill(self, template: str, params: Mapping[str, str]) -> str:
        """Fill in params, in Chinese with a space between Chinese and Latin letters."""
        return (fill_spaced if self.language.startswith("zh") else fill)(template, params)

    def find(self, table: str, key: str) -> str | None:
        """Return a text that is keyed by something from the record, such as a check's id."""
        found = self._tables[table].get(key)
        return found if isinstance(found, str) else None

    def find_in(self, table: str, key: str) -> Mapping[str, str]:
        """Return the texts about something from the record, such as a method."""
        found = self._tables[table].get(key)
        return found if isinstance(found, dict) else {}

    def told(self, table: str, text: str) -> str:
        """Translate what a check wrote itself: by an exact key, or by one with params in it.

        What the table does not know stands as it was written; in English nothing else is needed.

        Examples
        --------
        >>> Words("zh-CN", {"bins": {"under {high}": "不足 {high}"}}).told("bins", "under 0.6")
        '不足 0.6'

        """
        for pattern, translated in self._tables.get(table, {}).items():
            held = _pattern(pattern).fullmatch(text)
            if held:
                return self.fill(translated, held.groupdict())
        return text

    def join(self, parts: tuple[str, ...]) -> str:
        """Join the parts of a list."""
        return self("list.comma").join(parts)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Read each `{name}` of a template as a group; names end where the text goes on."""
    parts = re.split(r"\{(\w+)\}", template)
    made = (f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(made))


def flat(texts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """List every text with its dotted key; a text with one and other counts as one."""
    for name, value in texts.items():
        if isinstance(value, dict) and set(value) != {"one", "other"}:
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


@cache
def words_of(language: str) -> Words:
    """Read the texts of a language.

    Raises
    ------
    ConfigError
        If the report does not speak it.

    """
    if language not in LANGUAGES:
        msg = f"a report's language must be known, but got {language!r}"
        raise ConfigError(msg + nearest(language, LANGUAGES))
    text = (files("audit_reports") / "locales" / f"{language}.toml").read_text(encoding="utf-8")
    return Words(language, tomllib.loads(text))
