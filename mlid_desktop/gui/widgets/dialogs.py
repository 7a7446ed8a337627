"""Dialogs with one question, its answers named by what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import cast

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear_of_edge, column, frame, label, row, tag
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.station.text.language import Language

Fields = Sequence[QLineEdit]
About = tuple[str, str]  # whom a question is about, in words: what tells them apart at a glance, and what besides

WIDTH = 456
REASON_WIDTH = 168  # pixels at the least, beside two answers: of a short word or two in a line
OPTIONS_WIDTH = 720
LOW = 560  # pixels of room: below them what stands above one another stands closer
INDENT = 32  # pixels: under the words of a radio button
GO_ON = Qt.Key.Key_Return, Qt.Key.Key_Enter
BY_HAND = (  # how somebody leaves a field, where no other window does it for them
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
TITLE_BAR = 40  # pixels of a window manager's, above a dialog


def resize_within(dialog: QDialog, width: int, height: int) -> None:
    """Gives a dialog this size in pixels, or what the window that it stands before leaves of it."""
    dialog.resize(QSize(width, height).boundedTo(_room_for(dialog)))


def fit_height(dialog: QDialog) -> None:
    """Gives a dialog the height that its words need, of which Qt gives two thirds of the screen at the most; never less
    than it has."""
    least = dialog.minimumSizeHint()
    size = dialog.size().expandedTo(least)
    wanted = max(size.height(), dialog.sizeHint().height(), dialog.heightForWidth(size.width()))
    dialog.resize(size.width(), max(least.height(), min(wanted, _room_for(dialog).height())))


def _room_for(dialog: QDialog) -> QSize:
    """The size that a dialog has at the most."""
    parent = dialog.parentWidget()
    return dialog.maximumSize() if parent is None else parent.window().size() - QSize(0, TITLE_BAR)


def dialog_column(theme: Theme, title: str, *parts: QWidget | QLayout, step: QLabel | None = None) -> QVBoxLayout:
    """What stands in a dialog, from its title down: every dialog has the same edges, the same letters in its title and
    the same steps between its parts; its buttons come last. At which ``step`` it is stands beside the title."""
    edge = theme.space("wide")
    margins = (edge, edge, edge, edge)
    head = row(clear_of_edge(label(title, "head", wrap=True)), spacing=theme.space("base"))
    if step is not None:
        head.setStretch(0, 1)
        head.addWidget(step)
    return column(head, *parts, spacing=theme.space("snug"), margins=margins)


def about_strip(theme: Theme, about: About) -> QFrame:
    """Whom a dialog is about, on one line under its title: by a name alone two people can be taken for one another."""
    telling, besides = about
    strip = frame("chip")
    sides, edge = theme.space("snug"), theme.space("hair")
    icon = Icon(theme, "person", "accent")
    words = row(icon, label(telling, "strong", wrap=True), spacing=theme.space("tight"))
    words.addWidget(label(besides, "muted", wrap=True), 1)
    words.setContentsMargins(sides, edge, sides, edge)
    strip.setLayout(words)
    return strip


def first_empty(language: Language, *fields: QLineEdit | Choice) -> str:
    """Says which of these has to be filled in or chosen next, and marks it once it was left so; empty where all are."""
    empty = next((field for field in fields if not _given(field)), None)
    for field in fields:
        _Left.watch(field)
        tag(field, wanted="true" if field is empty else "")
    return "" if empty is None else language.text("Still to fill in: {field}", field=empty.accessibleName())


class Answer(IntEnum):
    """The answers to a question: the first one changes nothing."""

    FIRST = 0
    SECOND = 1
    THIRD = 2


class Question(QDialog):
    """A dialog with title, explanation, fields, and two answers, or three. The first one changes nothing and is reached
    by Esc; before a dangerous one it is reached by Enter too. One ``about`` an enrolled person says which."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        title: str,
        text: str,
        keep: str,
        do: str,
        *,
        danger: bool = False,
        about: About | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleDescription("\n".join((" · ".join(about or ()), text)).strip())
        self._theme = theme
        self.notice = Notice(theme)
        self.fields = column(spacing=4)
        self.do = Button(theme, do, "danger" if danger else "primary").on(self.accept)
        self.keep = Button(theme, keep, "footer").on(self.reject)
        self.do.setDefault(not danger)
        self.keep.setDefault(danger)
        self._why = ClosedReason(self.do)
        asks_nothing = self._why.sizePolicy()
        asks_nothing.setHorizontalPolicy(QSizePolicy.Policy.Ignored)  # it takes more lines in the room there is
        self._why.setSizePolicy(asks_nothing)
        self._answers = answers_row(theme, self._why, self.keep, self.do)
        head, why = label(title, "head", wrap=True), label(text, wrap=True)
        self._is_low = _room_for(self).height() < LOW
        edge = theme.space("base" if self._is_low else "wide")
        layout = column(head, spacing=theme.space("snug"), margins=(edge, edge, edge, edge))
        if about is not None:
            layout.addWidget(about_strip(theme, about))
        layout.addWidget(why)
        layout.addStrut(WIDTH)  # and wider where the answers need it
        layout.addLayout(self.fields)
        layout.addWidget(self.notice)
        layout.addSpacing(theme.space("tight"))
        layout.addLayout(self._answers)
        self.setLayout(layout)
        (self.keep if danger else self.do).setFocus()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Gives the question the height that its words need, of a small screen too, where Qt takes two thirds at the
        most; what can be scrolled gives way where there is less room."""
        super().showEvent(event)
        fit_height(self)

    def add_field(self, name: str, *, secret: bool = False) -> QLineEdit:
        """Adds a line to fill; the first one has the focus."""
        caption, field = _captioned(name, secret=secret)
        is_first = self.fields.count() == 0
        self._set_apart()
        self.fields.addWidget(caption)
        self.fields.addWidget(field)
        if is_first:
            field.setFocus()
        return field

    def add_two_secrets(self, name: str, again: str) -> tuple[QLineEdit, QLineEdit]:
        """Adds two lines side by side for what is not shown while it is typed, and typed twice."""
        pair = row(spacing=self._theme.space("snug"))
        fields = []
        for said in (name, again):
            caption, field = _captioned(said, secret=True)
            pair.addLayout(column(1, caption, field, spacing=4), 1)
            fields.append(field)
        self._set_apart()
        self.fields.addLayout(pair)
        return fields[0], fields[1]

    def add_choice(self, name: str, options: Iterable[str | tuple[str, str]]) -> Choice:
        """Adds a choice of one among several; the first one is chosen. An option is its words, or the words with the
        value that they stand for."""
        choice = Choice(self._theme)
        for option in options:
            words, value = (option, option) if isinstance(option, str) else option
            choice.addItem(words, value)
        choice.setAccessibleName(name)
        caption = label(name, "strong", wrap=True)
        caption.setBuddy(choice)
        self._set_apart()
        self.fields.addWidget(caption)
        self.fields.addWidget(choice)
        return choice

    def _set_apart(self) -> None:
        """What comes next is further from what is above than a field from its name."""
        if self.fields.count():
            self.fields.addSpacing(self._theme.space("hair" if self._is_low else "tight"))

    def allow(self, allowed: bool, why_not: str = "") -> None:
        """Opens or closes the second answer; where it is closed, what has to be done first stands beside it."""
        self._why.setMinimumWidth(REASON_WIDTH)
        self._why.allow(allowed, why_not)
        if self.isVisible():
            fit_height(self)

    def wait_for(
        self, language: Language, *fields: QLineEdit | Choice, besides: Callable[[], str] | None = None
    ) -> Callable[[], None]:
        """Lets the question be answered only once something is typed in each of these fields, and nothing is left to
        do ``besides``; says what comes first. Returns what looks again, for when something else was changed."""

        def look() -> None:
            why = first_empty(language, *fields) or (besides() if besides is not None else "")
            self.allow(not why, why)

        for field in fields:
            (field.textChanged if isinstance(field, QLineEdit) else field.currentIndexChanged).connect(look)
        look()
        return look

    def add_options(self, language: Language, options: Iterable[tuple[str, str, str]], chosen: str = "") -> OptionList:
        """Adds a choice of one among a few, each with a sentence on what it leads to: words, sentence, and the value
        that they stand for. Without one ``chosen`` the question is answered once one is."""
        made = OptionList(self._theme, options, chosen)

        def look() -> None:
            self.allow(bool(made.value), language.text("Choose one first."))

        made.buttons.buttonToggled.connect(lambda *_: look())
        look()
        self._set_apart()
        self.fields.addWidget(made)
        return made

    def add_changed_option(
        self, language: Language, options: Iterable[tuple[str, str, str]], present: str
    ) -> OptionList:
        """Adds a choice of one among a few, of which the ``present`` one is chosen: the question is answered once
        another one is."""
        made = self.add_options(language, options, present)

        def look() -> None:
            self.allow(made.value != present, language.text("Nothing is changed yet."))

        made.buttons.buttonToggled.connect(lambda *_: look())
        look()
        return made

    def add_check(self, words: str) -> Check:
        """Adds a box to tick, which is not."""
        box = Check(self._theme, words)
        self.fields.addWidget(box)
        return box

    def add_sequence(self, steps: Iterable[tuple[str, str]]) -> None:
        """Adds what follows on the answer, in its order: when, and what then."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("hair"))
        grid.setColumnStretch(1, 1)
        for line, (when, what) in enumerate(steps):
            grid.addWidget(label(when, "strong"), line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(what, wrap=True), line, 1)
        self._set_apart()
        self.fields.addLayout(grid)

    def add_words(self, words: str) -> None:
        """Adds words in large letters."""
        self.fields.addSpacing(self._theme.space("tight"))
        self.fields.addWidget(label(words, "head"))
        self.fields.addSpacing(self._theme.space("tight"))

    def add_answer(self, words: str) -> Button:
        """Adds a third answer, beside the others; what Enter does is the one that stands out, at the end. A dangerous
        one stands apart from them, at the beginning."""
        stays = self.keep.isDefault()
        self.keep.become("primary" if stays else "footer")
        button = Button(self._theme, words, "footer" if stays else "primary").on(lambda: self.done(Answer.THIRD))
        button.setAutoDefault(False)
        if stays:
            self._answers.removeWidget(self.do)
            self._answers.insertWidget(0, self.do)
            self._answers.insertWidget(2, button)
            QWidget.setTabOrder(self.do, button)
            QWidget.setTabOrder(button, self.keep)
        else:
            self._answers.addWidget(button)
        return button

    def answered(self) -> Answer:
        """Shows the question, and returns which answer was given."""
        return Answer(self.exec())

    def asked(self) -> bool:
        """Shows the question, and returns whether the second answer was given."""
        return self.answered() is Answer.SECOND


class OptionList(QWidget):
    """A choice of one among a few; under each stands a sentence on what it leads to."""

    def __init__(self, theme: Theme, options: Iterable[tuple[str, str, str]], chosen: str) -> None:
        super().__init__()
        self.buttons = QButtonGroup(self)
        lines = column(spacing=theme.space("hair"))
        for words, why, value in options:
            button = QRadioButton(words)
            button.setProperty("value", value)
            tag(button, kind="strong")
            button.setAccessibleDescription(why)
            button.setChecked(value == chosen)
            self.buttons.addButton(button)
            lines.addWidget(button)
            lines.addLayout(column(label(why, "muted", wrap=True), margins=(INDENT, 0, 0, theme.space("tight"))))
        self.setLayout(lines)
        self.setMinimumWidth(OPTIONS_WIDTH)  # the sentences take few lines

    @property
    def value(self) -> str:
        """The value of the one that is chosen; empty where none is."""
        button = self.buttons.checkedButton()
        return "" if button is None else str(button.property("value"))

    def choose(self, value: str) -> None:
        """Chooses the one that stands for a value."""
        for button in self.buttons.buttons():
            if button.property("value") == value:
                button.setChecked(True)


class _Left(QObject):
    """Notes that somebody left a field, or wanted to go on from it: before that, nothing is missing in it."""

    @classmethod
    def watch(cls, field: QWidget) -> None:
        """Watches a field from now on, unless it is watched."""
        if not field.findChildren(cls, options=Qt.FindChildOption.FindDirectChildrenOnly):
            field.installEventFilter(cls(field))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notes it, and lets every event pass."""
        leaves = isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() in BY_HAND
        if leaves or (isinstance(event, QKeyEvent) and event.key() in GO_ON):
            tag(cast(QWidget, watched), left="true")
        return super().eventFilter(watched, event)


def _given(field: QLineEdit | Choice) -> bool:
    return bool(field.text().strip() if isinstance(field, QLineEdit) else field.currentData())


def _captioned(name: str, *, secret: bool) -> tuple[QLabel, QLineEdit]:
    field = QLineEdit()
    field.setAccessibleName(name)
    if secret:
        field.setEchoMode(QLineEdit.EchoMode.Password)
    caption = label(name, "strong", wrap=True)
    caption.setBuddy(field)
    return caption, field
