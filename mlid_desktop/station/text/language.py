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


def base_of(code: str) -> str:
    """The language of a code without its country and script."""
    return code.split("_", maxsplit=1)[0].split("-", maxsplit=1)[0]


def is_right_to_left(code: str) -> bool:
    """Whether the language of this code is written from right to left."""
    return base_of(code) in {"ar", "fa", "he", "ur"}


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
JOINED = "\u00a0"  # between the parts of a day, which stay on one line
DAYS = {
    "en": "{day} {month} {year}",
    "fr": "{day} {month} {year}",
    "ar": "{day} {month} {year}",
    "de": "{day}. {month} {year}",
    "es": "{day} {month} {year}",
    "pt": "{day} {month} {year}",
}  # of medium length (as CLDR 45 has it, in Portuguese as ABNT NBR 6023); elsewhere year first: nobody misreads it
MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "es": "ene feb mar abr may jun jul ago sept oct nov dic",
    "pt": "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
}
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
        return f"{value:,}".replace(",", GROUPS.get(base_of(self.code), ","))

    def date(self, moment: datetime) -> str:
        """The day of a moment in the local time zone, as this language writes it."""
        return self.day(moment.astimezone().date())

    def day(self, day: calendar_day) -> str:
        """A day as this language writes it, with a mark that keeps its parts in order among other letters."""
        base = base_of(self.code)
        if base not in DAYS:
            return f"{LEFT_TO_RIGHT_MARK}{day.isoformat()}" if self.right_to_left else day.isoformat()
        month = MONTHS[base].split()[day.month - 1]
        written = DAYS[base].format(day=day.day, month=month, year=day.year).replace(" ", JOINED)
        return self.place_at_start(written)

    def moment(self, moment: datetime) -> str:
        """The day and the minute of a moment in the local time zone."""
        local = moment.astimezone()
        comma = "،" if base_of(self.code) == "ar" else ","
        return f"{self.day(local.date())}{comma} {local:%H:%M}"


def open_language(folder: Path, wanted: str = "") -> Language:
    """Opens the wanted language, else the system's, else English: an absent catalogue is English, never a fault.

    Catalogues of ``folder`` alone are opened: gettext would follow a code that has a path in it out of the folder."""
    requested = wanted or locale.getlocale()[0] or SOURCE_LANGUAGE
    requested = re.sub(r"[.@][\w-]*$", "", requested)  # POSIX: an encoding or a variant
    codes = (requested, base_of(requested)) if CODE.fullmatch(requested) else ()
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
