"""What a browser would see of a page, read by a parser of our own."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_SILENT: Final = frozenset({"style", "script"})


@dataclass
class Seen:
    """Elements with the names of their attributes, ids, links and text."""

    elements: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.seen.elements.append((tag, tuple(name for name, _ in attrs)))
        for name, value in attrs:
            self.seen.values.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in _SILENT:
            self.seen.texts.append(data)


def seen(page: str) -> Seen:
    parser = _Parser()
    parser.feed(page)
    parser.close()
    return parser.seen
