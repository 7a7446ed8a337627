"""The dialog in which supervisors edit the site's own fields, before a second person confirms them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from mlid_desktop.gui.administration.fields.presenter import (
    LINES,
    LINES_OF,
    WANTED,
    choices_text,
    lacking_of,
    read_choices,
    whole_number,
)
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.footer import ClosedReason, EmptyState, answers_row
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.site_fields.schema import (
    MASKABLE,
    MAX_FIELDS,
    CheckScheme,
    FieldKind,
    FieldSchema,
    Shown,
    SiteField,
)
from mlid_desktop.station.text.field_terms import KINDS, SCHEMES, SHOWN_IN
from mlid_desktop.station.text.language import NATIVE_NAMES, Language

WIDTH, HEIGHT, LIST_WIDTH, LIST_ICON = 920, 660, 264, 16
MOST_STRETCH = 1000  # the list takes the room that there is, as far as it has lines
LANGUAGES = ("en", "fr", "ar", "es", "pt")  # of the window; a file may hold more, which stay


class FieldsDialog(QDialog):
    """Edits a list of fields; what is wrong with it is said when it is handed on, and nothing is lost then."""

    def __init__(self, parent: QWidget, theme: Theme, language: Language, schema: FieldSchema) -> None:
        super().__init__(parent)
        self._theme, self._language = theme, language
        text = language.text
        self._known = frozenset(known.name for known in schema.fields)
        self._before, self._fields = tuple(schema.fields), list(schema.fields)
        self.setWindowTitle(text("The site's own fields"))
        resize_within(self, WIDTH, HEIGHT)
        self.list = QListWidget()
        self.list.setAccessibleName(text("Fields"))
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.currentRowChanged.connect(self._show)
        self.notice = Notice(theme)
        self.add_button = Button(theme, text("Add a field"), "plain").on(self.add)
        self.remove_button = Button(theme, text("Remove this field"), "danger").on(self.remove)
        self.up = Button(theme, text("Move up"), "footer").on(lambda: self._move(-1))
        self.down = Button(theme, text("Move down"), "footer").on(lambda: self._move(1))
        self._lines: dict[str, QLineEdit] = {}  # of the field that is shown, by what they hold
        middle = self._middle()
        keep = Button(theme, text("Cancel"), "footer").on(self.reject)
        self.do = Button(theme, text("Save …"), "primary").on(self.accept)
        self._why = ClosedReason(self.do)
        why = text(
            "What is removed here is destroyed for everybody once a second person confirms. A field that is there keeps"
            " its name and kind."
        )
        warning = label(why, "muted", wrap=True)
        warning.setVisible(bool(self._known))  # of what is there already
        parts = dialog_column(theme, text("The site's own fields"), warning)
        parts.addWidget(self.notice)
        parts.addLayout(middle, 1)
        parts.addLayout(answers_row(theme, self._why, keep, self.do))
        self.setLayout(parts)
        self._list_fields(0)

    def _middle(self) -> QHBoxLayout:
        """The list of the fields, and beside it the one that is shown with what can be done to it."""
        theme, text = self._theme, self._language.text
        self._parts = column(spacing=theme.space("hair"))
        inside = QWidget()
        inside.setLayout(self._parts)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._more = MoreBelow(theme, scroll)
        card = frame("card")
        wide = theme.space("snug")
        acts = WrappingRow(theme.space("tight"))
        for act in (self.remove_button, self.up, self.down):
            acts.addWidget(act)
        self._acts = widget_of(column(rule(), acts, spacing=wide))  # on the field that is shown
        self._around = column(scroll, self._acts, spacing=wide)
        self._around.setStretch(0, 1)
        card.setLayout(self._around)
        self._side = frame("card")
        self._side.setFixedWidth(LIST_WIDTH)
        self._count = label("", "muted")
        head = row(label(text("Fields"), "strong"), 1, self._count)
        parts = column(head, self.list, self.add_button, 1, spacing=theme.space("tight"), margins=(12, 12, 12, 12))
        parts.setStretch(1, MOST_STRETCH)
        self._side.setLayout(parts)
        middle = row(self._side, spacing=theme.space("base"))
        middle.addWidget(card, 1)
        return middle

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the veil over what is cut on the lower edge."""
        super().resizeEvent(event)
        self._more.follow()

    @property
    def schema(self) -> FieldSchema:
        """The fields as they were edited, unchecked."""
        return FieldSchema(0, tuple(self._fields))

    def take(self, edited: FieldSchema) -> None:
        """Goes on with fields that were edited, or read from a file, in the place of those that are there."""
        self._fields = list(edited.fields)
        self._list_fields(0)

    @property
    def removed(self) -> tuple[str, ...]:
        """The names of fields that are there and were removed."""
        return tuple(sorted(self._known - {known.name for known in self._fields}))

    def add(self) -> None:
        """Adds a field after the others."""
        if len(self._fields) < MAX_FIELDS:
            names = {known.name for known in self._fields} | self._known
            name = next(name for name in (f"field_{number}" for number in range(1, 99)) if name not in names)
            self._fields.append(SiteField(name, FieldKind.TEXT, {}, {}, 365))
            self._list_fields(len(self._fields) - 1)
            QTimer.singleShot(0, self._lines["labels"].setFocus)  # once it has its place

    def remove(self) -> None:
        """Removes the field that is shown."""
        index = self.list.currentRow()
        if 0 <= index < len(self._fields):
            del self._fields[index]
            self._list_fields(min(index, len(self._fields) - 1))

    @property
    def _code(self) -> str:
        return self._language.code if self._language.code in LANGUAGES else "en"

    def _move(self, by: int) -> None:
        index = self.list.currentRow()
        if 0 <= index < len(self._fields) and 0 <= index + by < len(self._fields):
            self._fields.insert(index + by, self._fields.pop(index))
            self._list_fields(index + by)

    def _list_fields(self, chosen: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems([self._listed(known) for known in self._fields])
        self.list.setCurrentRow(chosen)
        high = self.list.sizeHintForRow(0) + 2 * self.list.spacing()
        self.list.setMaximumHeight(max(1, len(self._fields)) * high + 2 * self.list.spacing())  # what adds one follows
        self.list.blockSignals(False)
        self._show(chosen)
        self._note_change()

    def _wanted(self, entry: str) -> str:
        """What a line is called that cannot be left empty."""
        return self._language.text(WANTED[entry])

    def _listed(self, known: SiteField) -> str:
        return known.label(self._language.code).strip() or self._language.text("New field")

    def _note_change(self) -> None:
        """Offers to save where something was changed and nothing is left out; marks what comes first of the field that
        is shown, and in the list each field of which something is still to be filled in."""
        text, lacking = self._language.text, [lacking_of(known) for known in self._fields]
        first = next((index for index, entry in enumerate(lacking) if entry), None)
        for index, entry in enumerate(lacking):
            self.list.item(index).setIcon(self._theme.icon("circle" if entry else "tick", "muted", LIST_ICON))
        shown = self.list.currentRow()
        for entry, line in self._lines.items():
            tag(line, wanted="true" if 0 <= shown < len(lacking) and lacking[shown] == entry else "")
        self._count.setText(self._language.number(len(self._fields)))
        why = "" if tuple(self._fields) != self._before else text("Nothing is changed yet.")
        if first is not None:
            what = text(WANTED[lacking[first]])
            named = "" if first == shown else self._listed(self._fields[first])
            why = text("Still to fill in: {field}", field=f"{what} ({named})" if named else what)
        self._why.allow(not why, why)

    def _set(self, index: int, **changed: object) -> None:
        """Takes an edit of a field; its line in the list follows."""
        self._fields[index] = replace(self._fields[index], **changed)  # type: ignore[arg-type]
        item = self.list.item(index)
        if item is not None:
            item.setText(self._listed(self._fields[index]))
        self._note_change()

    def _show_nothing(self) -> None:
        """Shows one sentence, and the one thing to do."""
        text = self._language.text
        words = text("Besides number and name nothing is asked. Add what this site needs, such as a date of birth.")
        state = EmptyState(self._theme, "form", text("No fields of this site yet"), words)
        state.offers.addWidget(Button(self._theme, text("Add a field"), "primary").on(self.add))
        self._parts.addWidget(state, 1)

    def _show(self, index: int) -> None:
        """Shows one field to be edited."""
        clear(self._parts)
        self._lines = {}
        is_field = 0 <= index < len(self._fields)
        self._acts.setVisible(is_field)
        self._side.setVisible(bool(self._fields))
        self._around.setContentsMargins(20, 16, 8 if self._fields else 20, 16)  # the scroll bar has its room
        self.remove_button.setEnabled(is_field)
        for act in (self.up, self.down):
            act.setVisible(len(self._fields) > 1)
        self.up.setEnabled(is_field and index > 0)
        self.down.setEnabled(is_field and index < len(self._fields) - 1)
        if not is_field:
            if self._fields:
                self._parts.addStretch(1)
            else:
                self._show_nothing()
            return
        known, text = self._fields[index], self._language.text
        is_new = known.name not in self._known
        self._show_words(index, (self._code,))
        kinds = {kind.value: text(words) for kind, words in KINDS.items()}
        kind, days = self._choice(kinds, known.kind.value), QLineEdit(str(known.days))
        self._beside({text("Kind"): kind, self._wanted("days"): days})
        kind.setEnabled(is_new)
        kind.activated.connect(lambda _at: self._change_kind(index, FieldKind(kind.currentData())))
        self._lines["days"] = days
        days.textChanged.connect(lambda typed: self._set(index, days=whole_number(typed)))
        self._parts.addSpacing(self._theme.space("tight"))
        ticks = self._ticks([text("Required"), text("No two people have the same")])
        for entry, tick in zip(("required", "unique"), ticks, strict=True):
            tick.setChecked(getattr(known, entry))
            tick.toggled.connect(lambda on, entry=entry: self._set(index, **{entry: on}))
        self._show_lines_of_kind(index)
        self._show_places(index)
        self._begin(text("In other languages"))
        self._show_words(index, tuple(code for code in LANGUAGES if code != self._code))
        self._begin(text("For files and other programs"))
        name = self._lines["name"] = self._line(self._wanted("name"), known.name)
        name.setEnabled(is_new)
        name.textChanged.connect(lambda typed: self._set(index, name=typed))
        self._parts.addStretch(1)
        self._note_change()

    def _show_words(self, index: int, languages: Sequence[str]) -> None:
        """What a field is called and why it is recorded, in each of these languages."""
        known, text = self._fields[index], self._language.text
        for code in languages:
            for example, entry, texts in (
                (text("Date of birth, for instance"), "labels", known.labels),
                (text("To tell people of one name apart, for instance"), "purposes", known.purposes),
            ):
                caption = text(WANTED[entry])
                line = self._line(f"{caption} · {NATIVE_NAMES[code]}", texts.get(code, ""))
                if code == self._code:
                    self._lines[entry] = line
                    line.setPlaceholderText(example)
                line.textChanged.connect(
                    lambda typed, entry=entry, code=code: self._set_text(index, entry, code, typed)
                )

    def _begin(self, title: str) -> None:
        """Begins a group of lines under its name."""
        self._parts.addSpacing(self._theme.space("base"))
        self._parts.addWidget(rule())
        self._parts.addSpacing(self._theme.space("tight"))
        self._parts.addWidget(label(title, "lead", wrap=True))

    def _show_places(self, index: int) -> None:
        known, text = self._fields[index], self._language.text
        for title, entry, uses, ticked in (
            (text("Shown in"), "shown", list(Shown), known.shown),
            (text("Shown whole, not masked, in"), "plain", sorted(MASKABLE), known.plain),
        ):
            self._begin(title)
            for where, tick in zip(uses, self._ticks([text(SHOWN_IN[use]) for use in uses]), strict=True):
                tick.setChecked(where in ticked)
                tick.toggled.connect(lambda on, entry=entry, where=where: self._set_place(index, entry, where, on=on))

    def _show_lines_of_kind(self, index: int) -> None:
        known, text = self._fields[index], self._language.text
        for entry in LINES_OF[known.kind]:
            value = getattr(known, entry)
            line = self._line(text(LINES[entry]), "" if value is None else str(value))
            line.textChanged.connect(lambda typed, entry=entry: self._set_line(index, entry, typed))
        if known.kind is FieldKind.DOCUMENT:
            offered = {scheme.value: text(words) for scheme, words in SCHEMES.items()}
            scheme = self._choice(offered, known.scheme.value)
            self._add(text("Check digit"), scheme)
            scheme.activated.connect(lambda _at: self._set(index, scheme=CheckScheme(scheme.currentData())))
        if known.kind is FieldKind.CHOICE:
            caption = self._wanted("choices")
            choices = QPlainTextEdit(choices_text(known.choices))
            choices.setAccessibleName(caption)
            choices.setTabChangesFocus(True)
            choices.setMinimumHeight(120)
            choices.textChanged.connect(lambda: self._set(index, choices=read_choices(choices.toPlainText())))
            self._parts.addWidget(label(caption, "strong", wrap=True))
            self._parts.addWidget(choices)

    def _change_kind(self, index: int, kind: FieldKind) -> None:
        """Gives a new field another kind; what was set for the kind of before goes."""
        old = self._fields[index]
        self._fields[index] = SiteField(
            old.name, kind, old.labels, old.purposes, old.days, required=old.required, shown=old.shown, plain=old.plain
        )
        self._show(index)
        self._note_change()

    def _set_text(self, index: int, entry: str, code: str, typed: str) -> None:
        texts: Mapping[str, str] = getattr(self._fields[index], entry)
        left = {language: words for language, words in texts.items() if language != code}
        self._set(index, **{entry: {**left, code: typed} if typed.strip() else left})

    def _set_place(self, index: int, entry: str, where: Shown, *, on: bool) -> None:
        before: frozenset[Shown] = getattr(self._fields[index], entry)
        self._set(index, **{entry: before | {where} if on else before - {where}})

    def _set_line(self, index: int, entry: str, typed: str) -> None:
        value: object = typed.strip()
        if entry in ("length", "decimals"):
            value = whole_number(typed)
        elif entry in ("least", "most"):
            try:
                value = Decimal(typed.strip()) if typed.strip() else None
            except InvalidOperation:
                return
        self._set(index, **{entry: value})

    def _line(self, caption: str, value: str) -> QLineEdit:
        line = QLineEdit(value)
        self._add(caption, line)
        return line

    def _choice(self, options: Mapping[str, str], chosen: str) -> Choice:
        choice = Choice(self._theme)
        for value, words in options.items():
            choice.addItem(words, value)
        choice.setCurrentIndex(choice.findData(chosen))
        return choice

    def _ticks(self, options: Sequence[str]) -> list[Check]:
        """Adds boxes to tick, two beside one another."""
        grid, ticks = QGridLayout(), [Check(self._theme, words) for words in options]
        for at, tick in enumerate(ticks):
            grid.setColumnStretch(at % 2, 1)
            grid.addWidget(tick, at // 2, at % 2)
        self._parts.addLayout(grid)
        return ticks

    def _add(self, caption: str, made: QWidget) -> None:
        """Adds a control under its name, further from what is above than from the name."""
        if self._parts.count():
            self._parts.addSpacing(self._theme.space("tight"))
        self._parts.addWidget(self._named(caption, made))
        self._parts.addWidget(made)

    def _beside(self, controls: Mapping[str, QWidget]) -> None:
        """Adds controls beside one another, each under its name: the names may be of more lines than one."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("hair"))
        self._parts.addSpacing(self._theme.space("tight"))
        for at, (caption, made) in enumerate(controls.items()):
            grid.setColumnStretch(at, 2 + at)
            grid.addWidget(self._named(caption, made), 0, at, Qt.AlignmentFlag.AlignBottom)
            grid.addWidget(made, 1, at)
        self._parts.addLayout(grid)

    def _named(self, caption: str, made: QWidget) -> QLabel:
        """The name of a control, which a screen reader says too."""
        name = label(caption, "strong", wrap=True)
        name.setBuddy(made)
        made.setAccessibleName(caption)
        return name
