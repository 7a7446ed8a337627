"""The design tokens of each theme, without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.gui.theme import token_values as values


class ThemeName(StrEnum):
    """Names of the themes that a person, or the system, can ask for."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Tone(StrEnum):
    """Meanings that a colour can have; each comes with an icon and a word, never alone."""

    NEUTRAL = "muted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"
    INFORMATION = "information"
    ACCENT = "accent"

    @property
    def icon(self) -> str:
        """The icon that says the same without colour."""
        return TONE_ICONS[self]


TONE_ICONS: Mapping[Tone, str] = {
    Tone.NEUTRAL: "quiet",
    Tone.ACCEPTED: "tick",
    Tone.REJECTED: "cross",
    Tone.INCONCLUSIVE: "triangle",
    Tone.INFORMATION: "info",
    Tone.ACCENT: "arrow",
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The design tokens of one theme. ``colours`` are ``#RRGGBB`` by name, ``points`` type sizes, ``pixels`` spaces and
    shapes at 100 %."""

    name: ThemeName
    dark: bool
    line_width: int
    colours: Mapping[str, str]
    points: Mapping[str, int]
    pixels: Mapping[str, int]
    motion: Mapping[str, int]

    def colour(self, name: str) -> str:
        """A colour by its name or tone."""
        return self.colours[name]


TOKENS: Mapping[ThemeName, Tokens] = {
    name: Tokens(
        name,
        dark=name.value in values.DARK,
        line_width=values.LINE_WIDTHS[name.value],
        colours=values.COLOURS[name.value],
        points=values.TYPE,
        pixels={**values.SPACE, **values.SHAPE},
        motion=values.MOTION,
    )
    for name in ThemeName
}


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
