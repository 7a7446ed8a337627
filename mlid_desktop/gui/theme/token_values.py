"""The values of the design tokens: the only source of colour, type and space. Pairs that a person reads are checked for
contrast by a test. Python, because the window is on screen before a parser of any other form is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TYPE: Final[Mapping[str, int]] = {  # points
    "small": 12,
    "body": 12,
    "lead": 14,
    "head": 16,
    "title": 20,
    "display": 28,
    "verdict": 40,
    "prompt": 64,
}
SPACE: Final[Mapping[str, int]] = {  # pixels at 100 %
    "hair": 4,
    "tight": 8,
    "snug": 12,
    "base": 16,
    "wide": 24,
    "broad": 32,
    "vast": 48,
}
SHAPE: Final[Mapping[str, int]] = {  # pixels at 100 %
    "radius": 6,
    "card_radius": 12,
    "control": 40,
    "primary": 48,
    "target": 32,
}
MOTION: Final[Mapping[str, int]] = {  # milliseconds
    "quick": 120,
    "calm": 180,
}

DARK: Final = frozenset({"dark"})
LINE_WIDTHS: Final[Mapping[str, int]] = {"light": 1, "dark": 1, "contrast": 2}  # pixels
COLOURS: Final[Mapping[str, Mapping[str, str]]] = {
    "light": {
        "canvas": "#F5F7FA",
        "surface": "#FFFFFF",
        "raised": "#FFFFFF",
        "sunken": "#EBEFF4",
        "text": "#17202B",
        "muted": "#566273",
        "line": "#D6DDE6",
        "edge": "#7C8998",
        "accent": "#0A6B70",
        "accent_hover": "#085A5E",
        "accent_tint": "#E3F1F1",
        "on_accent": "#FFFFFF",
        "accepted": "#176B43",
        "accepted_tint": "#E6F4EC",
        "rejected": "#A8221B",
        "rejected_tint": "#FCEBEA",
        "inconclusive": "#8A5200",
        "inconclusive_tint": "#FFF3E0",
        "information": "#1D5AB4",
        "information_tint": "#E8F0FC",
    },
    "dark": {
        "canvas": "#11161D",
        "surface": "#18202A",
        "raised": "#202A36",
        "sunken": "#0C1117",
        "text": "#E8EDF3",
        "muted": "#9AA8B9",
        "line": "#2C3846",
        "edge": "#66768A",
        "accent": "#4FC3BF",
        "accent_hover": "#6FD3CF",
        "accent_tint": "#14302F",
        "on_accent": "#06282A",
        "accepted": "#63D297",
        "accepted_tint": "#12291D",
        "rejected": "#FF8F86",
        "rejected_tint": "#331715",
        "inconclusive": "#F2B766",
        "inconclusive_tint": "#33240F",
        "information": "#86B4F5",
        "information_tint": "#14243D",
    },
    "contrast": {
        "canvas": "#FFFFFF",
        "surface": "#FFFFFF",
        "raised": "#FFFFFF",
        "sunken": "#FFFFFF",
        "text": "#000000",
        "muted": "#000000",
        "line": "#000000",
        "edge": "#000000",
        "accent": "#000000",
        "accent_hover": "#000000",
        "accent_tint": "#FFFFFF",
        "on_accent": "#FFFFFF",
        "accepted": "#000000",
        "accepted_tint": "#FFFFFF",
        "rejected": "#000000",
        "rejected_tint": "#FFFFFF",
        "inconclusive": "#000000",
        "inconclusive_tint": "#FFFFFF",
        "information": "#000000",
        "information_tint": "#FFFFFF",
    },
}
