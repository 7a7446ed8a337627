"""Fonts for printed documents: the bundled one, and for other writing systems those that this machine has (Noto by
preference; the user guide names them)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

FAMILY = "DejaVu"  # Latin, Greek, Cyrillic and Arabic in one open font, which the plots bring along
FONTS = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
READ = frozenset({".ttf", ".otf", ".ttc"})
USUAL = ("notosans", "noto", "sourcehan", "droidsansfallback", "wqy", "unifont")  # asked in this order
CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"})
MOST_ASKED = 400  # fonts that are opened for one letter
INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"})


def bundled_font(style: str) -> Path:
    """The bundled font."""
    from matplotlib import get_data_path  # noqa: PLC0415 - for its open fonts; heavy

    return Path(get_data_path()) / "fonts" / "ttf" / FONTS[style]


def fallbacks(text: str) -> tuple[Path, ...]:
    """Installed fonts that together cover as many as possible of the letters that the bundled one lacks."""
    chosen: list[Path] = []
    missing = _lacking(text)
    while missing:
        letter = next(iter(sorted(missing)))
        found = next((path for path in _candidates(letter) if letter in letters_of(path)), None)
        if found is None:
            missing = missing - {letter}
            continue
        chosen.append(found)
        missing = missing - letters_of(found)
    return tuple(chosen)


def unprintable(text: str) -> str:
    """The letters that no font on this machine covers, in their order."""
    missing = _lacking(text)
    for path in fallbacks(text):
        missing = missing - letters_of(path)
    return "".join(dict.fromkeys(letter for letter in text if letter in missing))


@lru_cache(maxsize=512)
def letters_of(path: Path) -> frozenset[str]:
    """The letters that a font covers; none where it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy

    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            return frozenset(map(chr, font.getBestCmap() or {}))
    except (OSError, TTLibError, KeyError, ValueError, AssertionError, TypeError):
        return frozenset()


def _lacking(text: str) -> frozenset[str]:
    shown = {letter for letter in text if unicodedata.category(letter) not in INVISIBLE}
    return frozenset(shown - letters_of(bundled_font("")))


def _candidates(letter: str) -> Sequence[Path]:
    """Installed fonts, those whose name tells of the letter's script first, regular ones before others."""
    script = unicodedata.name(letter, "").split(" ", 1)[0].split("-", 1)[0]
    hint = "cjk" if script in CJK else script.casefold()

    def rank(path: Path) -> tuple[bool, int, bool, int]:
        name = path.stem.casefold()
        usual = next((rank for rank, family in enumerate(USUAL) if name.startswith(family)), len(USUAL))
        return hint not in name, usual, "regular" not in name, len(name)

    return sorted(_installed(), key=rank)[:MOST_ASKED]


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    from matplotlib.font_manager import findSystemFonts  # noqa: PLC0415 - heavy

    found: Iterable[str] = findSystemFonts()
    return tuple(sorted(path for path in map(Path, found) if path.suffix.lower() in READ))
