"""The light theme, as attributes that survive without the style sheet, which re-colours them."""

from typing import Final

INK: Final = "currentColor"
MUTED: Final = "#4f5d6b"
LINE: Final = "#cfd6dd"
PAPER: Final = "#ffffff"
ZONE: Final = "#d9eee7"
BAND: Final = "#e3e8ee"
NEW: Final = "#1d4f91"
OLD: Final = "#76828e"
STATUS: Final = {
    "pass": "#1a7074",
    "fail": "#8a0c22",
    "error": "#16202c",
    "inconclusive": "#8f6205",
    "unmeasured": "#4f5d6b",
    "tolerated": "#8f6205",
    "warned": "#8f6205",
    "waived": "#553494",
}
