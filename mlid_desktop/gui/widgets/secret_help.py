"""What helps whoever types a passphrase: showing what is typed, a warning where Caps Lock is on, and how hard a new one
is to guess."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.dialogs import Fields, Question
from mlid_desktop.gui.widgets.elements import column, label, row
from mlid_desktop.station.administration.passphrase_strength import (
    MINIMUM_PASSPHRASE,
    STRENGTHS,
    Strength,
    strength_of,
    too_short,
)
from mlid_desktop.station.text.language import Language

METER_HEIGHT = 6
STRENGTH_TONES = {
    Strength.WEAK: Tone.REJECTED,
    Strength.FAIR: Tone.INCONCLUSIVE,
    Strength.STRONG: Tone.ACCEPTED,
}


class StrengthMeter(QWidget):
    """How hard a new passphrase is to guess: a bar of three parts, and the ``words`` that say it. Before anything is
    typed the bar is empty, and the words say what is asked of one."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._theme, self._language = theme, language
        self._hint = hint = language.text("At least 8 characters. A sentence is hard to guess.")
        self._strength: Strength | None = None
        self.words = label(hint, "muted", wrap=True)
        self.setLayout(column(self.words, margins=(0, METER_HEIGHT + theme.space("hair"), 0, 0)))

    def judge(self, typed: str) -> None:
        """Shows how it is with what was typed."""
        self._strength = strength_of(typed) if typed else None
        self.words.setText(self._hint if self._strength is None else self._language.text(STRENGTHS[self._strength]))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints as many parts as the passphrase is strong, from the side that reading begins at."""
        filled = 0 if self._strength is None else self._strength + 1
        tone = Tone.NEUTRAL if self._strength is None else STRENGTH_TONES[self._strength]
        gap, parts = self._theme.space("hair"), len(Strength)
        width = (self.width() - gap * (parts - 1)) / parts
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        for part in range(parts):
            painter.setPen(self._theme.colour("line"))
            painter.setBrush(self._theme.colour(tone.value if part < filled else "sunken"))
            box = QRectF(part * (width + gap), 0, width, METER_HEIGHT).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, METER_HEIGHT / 2, METER_HEIGHT / 2)
        painter.end()


class SecretHelp(QWidget):
    """A box to tick under fields whose text is hidden, and a line that warns of Caps Lock while one is typed in."""

    def __init__(self, theme: Theme, language: Language, fields: Fields) -> None:
        super().__init__()
        self._fields = tuple(fields)
        self.show_typed = Check(theme, language.text("Show what is typed"))
        self.show_typed.toggled.connect(self._show_or_hide)
        self.warning = label(language.text("Caps Lock is on."), "fault")
        self.warning.hide()
        self._caps: bool | None = None  # unknown until a letter is typed
        for field in self._fields:
            field.installEventFilter(self)
        self.setLayout(column(self.warning, self.show_typed, spacing=4))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Reads off the letters that are typed whether Caps Lock is on, and lets every event pass."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._note(event)
        elif event.type() is QEvent.Type.FocusOut:
            self.warning.hide()
        return super().eventFilter(watched, event)

    def _note(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() == Qt.Key.Key_CapsLock:
            self._caps = None if self._caps is None else not self._caps
        else:
            told = caps_lock_of(event.text(), shift=shift)
            self._caps = self._caps if told is None else told
        is_on = self._caps is True
        if is_on and self.warning.isHidden():
            announce(self, self.warning.text())
        self.warning.setVisible(is_on)

    def _show_or_hide(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        for field in self._fields:
            field.setEchoMode(mode)


def add_new_secret(
    question: Question,
    theme: Theme,
    language: Language,
    names: tuple[str, str],
    before: Fields = (),
    choice: Choice | None = None,
    needed: Fields = (),
) -> tuple[QLineEdit, QLineEdit]:
    """Adds a new passphrase to a question, typed twice under two ``names``, says how hard it is to guess, and lets the
    question be answered once both are the same, the fields ``needed`` besides are filled, and something is chosen where
    a ``choice`` is to be made. What was typed ``before`` can be shown too."""
    fresh, again = question.add_two_secrets(*names)
    strength = StrengthMeter(theme, language)
    question.fields.addWidget(strength)
    question.fields.addWidget(SecretHelp(theme, language, (*before, fresh, again)))
    differ = language.text("The two passphrases differ. Type them again.")

    def judge() -> None:
        typed, repeated = fresh.text(), again.text()
        strength.judge(typed)
        question.notice.say("" if typed.startswith(repeated) else differ, Tone.REJECTED)

    def wrong() -> str:
        if len(fresh.text()) < MINIMUM_PASSPHRASE:
            return too_short(language)
        return "" if fresh.text() == again.text() else language.text("Type the passphrase again.")

    for field in (fresh, again):
        field.textChanged.connect(judge)
    chosen = () if choice is None else (choice,)
    question.wait_for(language, *needed, *chosen, fresh, again, besides=wrong)
    return fresh, again


def caps_lock_of(typed: str, *, shift: bool) -> bool | None:
    """Whether Caps Lock is on, by a letter that was typed with or without Shift; None where the letter does not tell,
    as in scripts without capitals."""
    if len(typed) != 1 or typed.lower() == typed.upper():
        return None
    return typed.isupper() is not shift


def in_lines(code: str) -> str:
    """A code of several groups in two lines, the longer one above: the eye finds its group again."""
    groups = code.split("-")
    middle = (len(groups) + 1) // 2
    return "\n".join("-".join(part) for part in (groups[:middle], groups[middle:]) if part)


class WrittenCode(QStackedWidget):
    """A code that is written down and then typed from the paper, out of sight of what was shown: so the paper is proven
    to be legible. ``turned`` when it is hidden or shown again."""

    turned = Signal()

    def __init__(self, theme: Theme, language: Language, code: str) -> None:
        super().__init__()
        text = language.text
        on_paper = Button(theme, text("It is on paper"), "primary").on(partial(self._turn, 1))
        again = Button(theme, text("Show it again"), "plain").on(partial(self._turn, 0))
        self._starts = on_paper, self._line(text("Type it from the paper"))
        caption = label(text("Type it from the paper"), "strong", wrap=True)
        caption.setBuddy(self.typed)
        gap = theme.space("snug")
        for part, beside in (
            (label(in_lines(code), "code"), on_paper),
            (column(caption, self.typed, spacing=4), again),
        ):
            page = QWidget()
            page.setLayout(column(part, row(beside, 1), 1, spacing=gap, margins=(0, gap, 0, 0)))
            self.addWidget(page)
        on_paper.setFocus()

    @property
    def is_hidden(self) -> bool:
        """Whether the code is out of sight, and typed."""
        return self.currentIndex() == 1

    def _line(self, name: str) -> QLineEdit:
        self.typed = QLineEdit()
        self.typed.setAccessibleName(name)
        return self.typed

    def _turn(self, page: int) -> None:
        self.setCurrentIndex(page)
        self._starts[page].setFocus()
        self.turned.emit()


def add_written_code(
    question: Question, theme: Theme, language: Language, code: str, is_same: Callable[[str, str], bool]
) -> WrittenCode:
    """Adds a code to a question, which is answered once the same was typed from the paper."""
    written = WrittenCode(theme, language, code)
    question.fields.addWidget(written)

    def differs() -> str:
        if is_same(written.typed.text(), code):
            return ""
        return language.text("Type it from the paper.") if written.is_hidden else language.text("Write it down first.")

    look = question.wait_for(language, besides=differs)
    written.typed.textChanged.connect(look)
    written.turned.connect(look)
    return written
