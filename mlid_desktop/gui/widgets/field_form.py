"""The form of a site's own fields: each with its label, why it is asked for, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Choice, ElidedLabel
from mlid_desktop.gui.widgets.elements import clear, column, label, row, tag, widget_of
from mlid_desktop.site_fields.licence import read_licence
from mlid_desktop.site_fields.schema import FieldKind, SiteField, Values
from mlid_desktop.site_fields.values import check
from mlid_desktop.station.text.field_terms import field_hint, problem_text
from mlid_desktop.station.text.language import Language


def captioned(theme: Theme, caption: str, need: str, line: QWidget) -> QWidget:
    """The name of a field, and beside it whether it is needed: said of every one, so that nobody has to know what it
    means where nothing is."""
    name = ElidedLabel(caption, "strong")
    name.setBuddy(line)
    return widget_of(row(name, label(need, "muted"), 1, spacing=theme.space("tight")))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    field: SiteField
    input: QLineEdit | Choice
    said: QLabel

    @property
    def typed(self) -> str:
        return self.input.text() if isinstance(self.input, QLineEdit) else str(self.input.currentData())


class FieldForm(QWidget):
    """Asks for the values of a site's fields; ``edited`` says that something was typed."""

    edited = Signal()

    def __init__(self, theme: Theme, language: Language, today: Callable[[], date]) -> None:
        super().__init__()
        self._theme, self._language, self._today = theme, language, today
        self._asked: tuple[_Asked, ...] = ()
        self._touched: set[str] = set()
        self._parts = column(spacing=theme.space("hair"))
        self.setLayout(self._parts)

    @property
    def fields(self) -> tuple[SiteField, ...]:
        """The fields that are asked for."""
        return tuple(asked.field for asked in self._asked)

    @property
    def inputs(self) -> Mapping[str, QLineEdit | Choice]:
        """Where each field is filled in, by its name."""
        return {asked.field.name: asked.input for asked in self._asked}

    def show_fields(self, fields: Sequence[SiteField], values: Values) -> None:
        """Asks for these fields, filled with values that are known. What was typed stays where nothing else is asked
        for than before."""
        if self.fields == tuple(fields) and not values:
            return
        clear(self._parts)
        self._touched.clear()
        given = dict(values)
        self._asked = tuple(self._ask(known, given.get(known.key, "")) for known in fields)
        for before, after in zip(self._asked, self._asked[1:], strict=False):
            QWidget.setTabOrder(before.input, after.input)
        self.check()

    def reset(self) -> None:
        """Forgets the fields and what was typed into them."""
        clear(self._parts)
        self._touched.clear()
        self._asked = ()

    def typed(self) -> dict[str, str]:
        """What was typed, by the names of fields."""
        return {asked.field.name: asked.typed for asked in self._asked}

    def values(self) -> Values:
        """What was typed, as it is kept; what cannot be kept is left out."""
        found = ((asked.field.key, check(asked.field, asked.typed, self._today()).value) for asked in self._asked)
        return tuple(sorted(pair for pair in found if pair[1]))

    def check(self, *, everything: bool = False) -> bool:
        """Whether all that was typed can be kept; what is wrong is said of the fields that were typed into, or of
        ``everything``."""
        if everything:
            self._touched.update(asked.field.name for asked in self._asked)
        today, whole = self._today(), True
        for asked in self._asked:
            fault = problem_text(check(asked.field, asked.typed, today), self._language)
            whole = whole and not fault
            self._say(asked, fault if asked.field.name in self._touched else "")
        return whole

    def wrong(self) -> frozenset[str]:
        """The names of fields whose values cannot be kept."""
        return frozenset(known.name for known in self._wrong_fields())

    def wrong_labels(self) -> list[str]:
        """The same fields as the page calls them, from above."""
        return [known.label(self._language.code) for known in self._wrong_fields()]

    def _wrong_fields(self) -> list[SiteField]:
        today = self._today()
        return [asked.field for asked in self._asked if check(asked.field, asked.typed, today).problem is not None]

    def refuse(self, name: str, sentence: str) -> bool:
        """Says what is wrong with the field of this name, and puts the focus there; whether there is one."""
        asked = next((asked for asked in self._asked if asked.field.name == name), None)
        if asked is None:
            return False
        self._say(asked, sentence)
        asked.input.setFocus()
        return True

    def fill_from_licence(self, scanned: str) -> bool:
        """Fills the fields that are mapped to elements of a driving licence's code; whether it is one with any."""
        found = read_licence(scanned, self.fields)
        for asked in self._asked:
            if asked.field.name in found:
                self._fill(asked, found[asked.field.name])
        return bool(found)

    def fill_next(self, scanned: str) -> None:
        """Puts a scanned text into the first empty field that asks for a document, else into the first empty line."""
        empty = [asked for asked in self._asked if isinstance(asked.input, QLineEdit) and not asked.typed]
        empty.sort(key=lambda asked: asked.field.kind is not FieldKind.DOCUMENT)
        if empty:
            self._touched.add(empty[0].field.name)
            self._fill(empty[0], scanned.strip())

    def _ask(self, known: SiteField, value: str) -> _Asked:
        language = self._language
        caption = known.label(language.code)
        shown = caption if known.required else language.text("{label} (may be left empty)", label=caption)
        need = language.text("needed") if known.required else language.text("may be left empty")
        made = self._choice(known) if known.kind is FieldKind.CHOICE else QLineEdit()
        said = label("", "fault", wrap=True)
        said.setMinimumHeight(20)
        hint = field_hint(known, language)
        head = captioned(self._theme, language.place_at_start(caption), need, made)
        made.setAccessibleName(shown)
        made.setToolTip(hint)
        for part in (head, label(language.place_at_start(hint), "muted", wrap=True), made, said):
            self._parts.addWidget(part)
        asked = _Asked(known, made, said)
        self._fill(asked, value)
        if isinstance(made, QLineEdit):
            made.textChanged.connect(lambda *_, name=known.name: self._edited(name))
        else:
            made.activated.connect(lambda *_, name=known.name: self._edited(name))
        return asked

    def _choice(self, known: SiteField) -> Choice:
        choice = Choice(self._theme)
        choice.addItem("–", "")
        for offered in known.choices:
            choice.addItem(known.display(offered.code, self._language.code), offered.code)
        return choice

    def _fill(self, asked: _Asked, value: str) -> None:
        if isinstance(asked.input, QLineEdit):
            asked.input.setText(value)
        else:
            kept = check(asked.field, value, self._today()).value
            asked.input.setCurrentIndex(max(0, asked.input.findData(kept)))

    def _edited(self, name: str) -> None:
        self._touched.add(name)
        self.check()
        self.edited.emit()

    @staticmethod
    def _say(asked: _Asked, sentence: str) -> None:
        tag(asked.input, wrong="true" if sentence else "false")
        asked.input.setAccessibleDescription(sentence or asked.input.toolTip())
        asked.said.setText(sentence)
