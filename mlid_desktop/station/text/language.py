"""The gettext catalogue of the window, the command line and the prompts."""

from __future__ import annotations

import gettext
import locale
import re
import unicodedata
from datetime import date as calendar_day
from datetime import datetime
from pathlib import Path

from mlid_desktop.domain import translatable

N_ = translatable.N_
DOMAIN = "mlid"
SOURCE_LANGUAGE = "en"
CODE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}")  # as BCP 47 and POSIX name languages; never a path


RIGHT_TO_LEFT_MARK, LEFT_TO_RIGHT_MARK = "\u200f", "\u200e"  # Unicode's, invisible
RIGHT_TO_LEFT_ISOLATE, END_OF_ISOLATE = "\u2067", "\u2069"


def is_right_to_left(code: str) -> bool:
    """Whether the language of this code is written from right to left."""
    return code.split("_", maxsplit=1)[0].split("-", maxsplit=1)[0] in {"ar", "fa", "he", "ur"}


def capitalised(words: str) -> str:
    """Words as they begin a line of their own, where their script has capitals."""
    return words[:1].upper() + words[1:]


def isolate_direction(text: str) -> str:
    """The text with marks that isolate its direction, for where it is drawn without one: a name or dots at the end of a
    right-to-left label stay at its end."""
    runs_left = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    return f"{RIGHT_TO_LEFT_ISOLATE}{text}{END_OF_ISOLATE}" if runs_left else text


GROUPS = {
    "fr": "\u202f",
    "de": ".",
    "es": ".",
    "pt": ".",
}  # between thousands (CLDR 45); elsewhere a comma, in Arabic too
NATIVE_NAMES = {  # as its speakers look for it
    "en": "English",
    "fr": "Français",
    "ar": "العربية",
    "de": "Deutsch",
    "es": "Español",
    "pt": "Português (Brasil)",
}
READ_BY_NATIVES = frozenset({SOURCE_LANGUAGE})  # those whose every sentence somebody read who grew up with it


class Language:
    """Translates sentences into one language, which can be changed while the program runs; callers ask again then.
    Blanks are filled after translation: ``text("Hello {name}", name=…)``."""

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.code = code
        self._translations = translations

    def become(self, other: Language) -> None:
        """Changes this object to the other language."""
        self.code, self._translations = other.code, other._translations

    @property
    def right_to_left(self) -> bool:
        """Whether the interface is mirrored, as its language is written from right to left."""
        return is_right_to_left(self.code)

    def place_at_start(self, shown: str) -> str:
        """A figure, date or name by itself, with a mark that lets it stand where this language begins to read."""
        return f"{RIGHT_TO_LEFT_MARK}{shown}" if self.right_to_left and shown else shown

    def text(self, msgid: str, **values: object) -> str:
        """A sentence, translated and filled in."""
        translated = self._translations.gettext(msgid)
        return self._filled(translated, **values) if values else translated

    def plural(self, singular: str, many: str, number: int, **values: object) -> str:
        """A sentence in the plural form for this number; ``{number}`` is filled in too."""
        return self._filled(self.plural_form(singular, many, number), number=number, **values)

    def plural_form(self, singular: str, many: str, number: int) -> str:
        """The plural form for this number, its blanks unfilled."""
        return self._translations.ngettext(singular, many, number)

    def _filled(self, translated: str, **values: object) -> str:
        """Fills a sentence in; where it begins with a blank, a mark keeps it from taking the direction of the name in
        it."""
        mark = RIGHT_TO_LEFT_MARK if self.right_to_left and translated.startswith("{") else ""
        return mark + translated.format(**values)

    def number(self, value: int) -> str:
        """A whole number with its thousands separated."""
        return f"{value:,}".replace(",", GROUPS.get(self.code.split("_")[0].split("-")[0], ","))

    def date(self, moment: datetime) -> str:
        """The day of a moment in the local time zone, year first, which reads the same in every locale."""
        return self.day(moment.astimezone().date())

    def day(self, day: calendar_day) -> str:
        """A day, year first."""
        return self._number_mark + day.isoformat()

    def moment(self, moment: datetime) -> str:
        """The day and the minute of a moment in the local time zone."""
        return self._number_mark + moment.astimezone().strftime("%Y-%m-%d %H:%M")

    @property
    def _number_mark(self) -> str:
        """The mark that keeps the parts of a date in order between Arabic letters."""
        return LEFT_TO_RIGHT_MARK if self.right_to_left else ""


def open_language(folder: Path, wanted: str = "") -> Language:
    """Opens the wanted language, else the system's, else English: an absent catalogue is English, never a fault.

    Catalogues of ``folder`` alone are opened: gettext would follow a code that has a path in it out of the folder."""
    requested = wanted or locale.getlocale()[0] or SOURCE_LANGUAGE
    requested = re.sub(r"[.@][\w-]*$", "", requested)  # POSIX: an encoding or a variant
    codes = (requested, requested.split("_")[0].split("-")[0]) if CODE.fullmatch(requested) else ()
    for code in codes:
        try:
            return Language(code, gettext.translation(DOMAIN, folder, languages=[code]))
        except (OSError, UnicodeDecodeError):
            continue
    return Language(SOURCE_LANGUAGE, gettext.NullTranslations())


def available_languages(folder: Path) -> tuple[str, ...]:
    """Codes of the languages that have a catalogue, English first."""
    codes = sorted(path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return (SOURCE_LANGUAGE, *(code for code in codes if code != SOURCE_LANGUAGE))
