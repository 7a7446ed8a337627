"""The base of all pages: a title, a body, a footer with one primary action; Enter goes on, Esc goes back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, column, label, row, tag
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow
from mlid_desktop.gui.widgets.footer import Footer
from mlid_desktop.gui.widgets.step_line import StepLine
from mlid_desktop.station.text.language import Language

LEAST_HEIGHT = 580  # of a page that has room for the line of steps; a lower one says the step in words
WHOLE_LINE = 1000  # of the header's stretch: a long name ends where the next thing begins


class Page(View):
    """The base of the pages of the window. One without a next step has no footer."""

    def __init__(self, theme: Theme, language: Language, title: str, back: str = "", primary: str = "") -> None:
        super().__init__()
        self.theme, self.language = theme, language
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        tag(self, kind="canvas", ring="none")
        self.heading = label(title, "title")
        self.heading.setMinimumHeight(theme.space("control"))
        self.status = label("", "muted")
        self._state = Icon(theme, "tick", "accepted", theme.space("base"))
        self._state.hide()
        self._whom = ElidedLabel(kind="strong")
        self._whom.hide()
        self._steps = StepLine(theme)
        self._steps.hide()
        self._step_words = self._noted = self._noted_icon = ""
        self.setAccessibleName(title)
        wide, base = theme.space("wide"), theme.space("base")
        self.body: QVBoxLayout = column(spacing=base)
        state = row(self._state, self.status, spacing=theme.space("tight"))
        self.header = row(self.heading, self._whom, 1, state, spacing=base)
        self.header.setStretch(0, 0)
        self.header.setStretch(1, WHOLE_LINE)
        self._inside = inside = column(
            self._steps, self.header, self.body, spacing=base, margins=(wide, base, wide, base)
        )
        inside.setStretch(2, 1)
        content = QWidget()
        content.setLayout(inside)
        area = FittingArea(content)
        MoreBelow(theme, area, "canvas")
        outside = column(area)
        outside.setStretch(0, 1)
        self.footer: Footer | None = None
        if primary:
            self.footer = Footer(theme, back, primary)
            self.footer.back.setVisible(bool(back))
            self.footer.back.clicked.connect(self.go_back)
            self.footer.primary.clicked.connect(self.go_on)
            outside.addWidget(self.footer)
        self.setLayout(outside)

    def retitle(self, title: str, status: str = "") -> None:
        """Gives the page another title, and says in the header how the task stands."""
        self.heading.setText(title)
        self.setAccessibleName(title)
        self.note(status)

    def show_steps(self, names: Sequence[str], at: int, words: str, passed_by: frozenset[int] = frozenset()) -> None:
        """Shows where this page stands among the steps of its task, which ``words`` say where there is no room for
        them, and which were ``passed_by``; no steps where there are no names."""
        self._steps.show_steps(names, at, words, passed_by)
        self._step_words = words
        self._fit_steps()

    def put_above(self, steps: QWidget) -> None:
        """Has a line of steps of the page's own above the title, where every task has its steps."""
        self._inside.insertWidget(0, steps)

    def note(self, words: str, icon: str = "") -> None:
        """Says in the header how the task stands, after an icon where it has one."""
        self._noted = words
        self._noted_icon = icon if words else ""
        self._fit_steps()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Shows the line of steps where there is room for it."""
        super().resizeEvent(event)
        self._fit_steps()

    def _fit_steps(self) -> None:
        drawn = bool(self._step_words) and self.height() >= LEAST_HEIGHT
        self._steps.setVisible(drawn)
        crowded = bool(self._step_words) and not drawn  # room for the step, and for what counts by itself
        noted = "" if crowded and self._noted_icon else self._noted
        words = (noted, "" if drawn else self._step_words)
        self.status.setText(" · ".join(part for part in words if part))
        self._state.show_as(self._noted_icon or "tick", "accepted")
        self._state.setVisible(bool(noted and self._noted_icon))

    def show_person(self, words: str) -> None:
        """Names the person whom this step is of, in the header; nobody where it is empty."""
        self._whom.show_text(words)
        self._whom.setVisible(bool(words))

    def enter(self) -> None:
        """Called when the page is shown: the focus goes where the work starts."""
        self.first().setFocus(Qt.FocusReason.OtherFocusReason)

    def first(self) -> QWidget:
        """The widget that gets the focus when the page is shown."""
        return self

    def main_act(self) -> QPushButton | None:
        """The button that Enter presses where none has the focus."""
        return None if self.footer is None else self.footer.primary

    def go_on(self) -> None:
        """Does the page's primary action."""

    def go_back(self) -> None:
        """Goes one step back."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Enter presses the focused button, else the primary one, once however long it is held; Esc
        goes back."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.isAutoRepeat():
                return
            focused = QApplication.focusWidget()
            if isinstance(focused, QPushButton) and self.isAncestorOf(focused):
                focused.click()
            elif (act := self.main_act()) is not None and act.isEnabled() and act.isVisible():
                act.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.go_back()
        else:
            super().keyPressEvent(event)
