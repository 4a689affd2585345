"""Text from the data that can neither act nor pose as something else."""

from typing import Final
from unicodedata import bidirectional, category

_PICTURES: Final = 0x2400
_DELETE: Final = 0x7F
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_ISOLATE: Final = "\u2068{}\u2069"


def inert(text: str, most: int = 1000) -> str:
    r"""Show what is hidden, isolate right-to-left text, cut what is endless.

    Control characters become their pictures, marks that steer the direction of text their code;
    text with right-to-left letters is isolated from the sentence around it.

    Examples
    --------
    >>> inert("plain"), inert("a\tb"), inert("a\u202eb"), inert("x" * 12, most=10)
    ('plain', 'a␉b', 'a[U+202E]b', 'xxxxxxxxxx… [+2]')

    """
    shown = "".join(map(_shown, text[:most]))
    if len(text) > most:
        shown += f"… [+{len(text) - most}]"
    if any(bidirectional(character) in _RIGHT_TO_LEFT for character in shown):
        return _ISOLATE.format(shown)
    return shown


def _shown(character: str) -> str:
    code = ord(character)
    if code < ord(" "):
        return chr(_PICTURES + code)
    if code == _DELETE:
        return "\u2421"
    if category(character) in _HIDDEN and character not in _JOINERS:
        return f"[U+{code:04X}]"
    return character
