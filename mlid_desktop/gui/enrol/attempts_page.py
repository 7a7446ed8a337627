"""The dialog with every attempt at one characteristic side by side; an earlier capture can be kept in place of the
later one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.capture.preview import Thumbnail
from mlid_desktop.gui.enrol.attempts_presenter import (  # fmt: skip  # a line is enough
    AttemptGroup,
    AttemptRow,
    AttemptsScreen,
    attempts_screen,
    choosing_failed,
)
from mlid_desktop.gui.enrol.capture_steps import Enrolling
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column
from mlid_desktop.gui.widgets.elements import Notice, column, frame, label, row, tag
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession

MOST_HEIGHT = 620
PICTURE, AROUND = 176, 32  # pixels; of a card around its picture
ACROSS, BETWEEN = 3, 12  # cards in a line, and pixels between them


class AttemptsDialog(QDialog):
    """Shows every attempt at one characteristic; accepted where another capture is to be kept; ``chosen`` is its index
    among those passed over."""

    def __init__(self, parent: QWidget, theme: Theme, language: Language, screen: AttemptsScreen) -> None:
        super().__init__(parent)
        self._theme, self._language = theme, language
        self.chosen: int | None = None
        title = language.text("Every attempt: {what}", what=screen.title)
        self.setWindowTitle(title)
        groups = column(spacing=theme.space("wide"))
        for group in screen.groups:
            groups.addLayout(self._group(group))
        groups.addStretch(1)
        inside = QWidget()
        inside.setLayout(groups)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        wanted = inside.sizeHint().height()
        scroll.setMinimumHeight(min(MOST_HEIGHT, wanted))
        MoreBelow(theme, scroll)
        scroll.setAccessibleName(title)
        note = language.text("The best is used. The others are dropped when this enrolment is saved.")
        close = Button(theme, language.text("Close"), "primary").on(self.reject)
        layout = dialog_column(theme, title, scroll)
        bar = scroll.verticalScrollBar().sizeHint().width() if wanted > MOST_HEIGHT else 0
        layout.addStrut(ACROSS * (PICTURE + AROUND) + (ACROSS - 1) * BETWEEN + bar)
        foot = row(spacing=theme.space("base"))
        foot.addWidget(label(note, "muted", wrap=True), 1)
        foot.addWidget(close)
        layout.addLayout(foot)
        self.setLayout(layout)
        close.setFocus()

    def _group(self, group: AttemptGroup) -> QVBoxLayout:
        theme = self._theme
        layout = column(spacing=theme.space("tight"))
        if group.title:
            layout.addLayout(self._head(group))
        for start in range(0, len(group.rows), ACROSS):
            line = row(spacing=BETWEEN)
            for attempt in group.rows[start : start + ACROSS]:
                line.addWidget(_card(theme, attempt))
            line.addStretch(1)
            layout.addLayout(line)
        return layout

    def _head(self, group: AttemptGroup) -> QHBoxLayout:
        """What became of the attempts of a group, and the way to keep them after all."""
        theme = self._theme
        head = row(label(group.title, "strong"), spacing=theme.space("snug"))
        head.addWidget(label(group.note, "muted"), 1)
        if group.index is not None:
            keep = Button(theme, self._language.text("Use this one instead"), "plain")
            head.addWidget(keep.on(partial(self._choose, group.index)))
        return head

    def _choose(self, index: int) -> None:
        self.chosen = index
        self.accept()


class AttemptReview:
    """Handles attempts in the review of an enrolment: shows them, and takes an earlier capture up again, which is
    examined like a new one; ``search`` then looks for duplicates anew."""

    def __init__(self, parent: QWidget, workspace: Workspace, enrolling: Enrolling, search: Callable[[], None]) -> None:
        self._parent, self._workspace, self._enrolling, self._search = parent, workspace, enrolling, search
        self._not_kept = ""
        self.ask: Callable[[AttemptsScreen], int | None] = self._ask

    def look(self, characteristic: Characteristic) -> None:
        """Shows every attempt at one characteristic."""
        workspace, reviewed = self._workspace, self._enrolling.session
        index = self.ask(attempts_screen(reviewed, characteristic, workspace.language))
        if index is None:
            return
        chosen = events.AttemptChosen(characteristic, index)
        session, recognition = (
            reviewed.advance(events.SteppedBack()).advance(chosen),
            workspace.unlocked.session.recognition,
        )
        self._enrolling.set_session(session)

        def examined(after: EnrolmentSession) -> None:
            if self._enrolling.session is session:
                self._keep(after)

        def failed(fault: MlidError) -> None:
            if self._enrolling.session is session:
                self._enrolling.set_session(reviewed)
            workspace.failed.emit(fault)

        workspace.on_inference(lambda: recognition.examine(session), examined, failed)

    def say(self, notice: Notice) -> None:
        """Says once why an earlier capture was not kept after all."""
        said, self._not_kept = self._not_kept, ""
        if said:
            notice.say(said, Tone.INCONCLUSIVE)

    def _keep(self, session: EnrolmentSession) -> None:
        kept = session.advance(events.CaptureKept())
        self._not_kept = "" if kept.reason is None else choosing_failed(kept.reason, self._workspace.language)
        self._enrolling.set_session(kept.advance(events.CapturesFinished()))
        self._search()

    def _ask(self, screen: AttemptsScreen) -> int | None:
        dialog = AttemptsDialog(self._parent, self._workspace.theme, self._workspace.language, screen)
        dialog.exec()
        return dialog.chosen


def _card(theme: Theme, shown: AttemptRow) -> QFrame:
    made = frame("card")
    made.setAccessibleName(shown.spoken)
    made.setFixedWidth(PICTURE + AROUND)
    head = row(label(shown.title, "strong"), 1, spacing=8)
    if shown.mark:
        mark = label(shown.mark)
        tag(mark, tone=Tone.ACCEPTED.value)
        head.addWidget(mark)
    words = column(Thumbnail(theme, shown.picture, "mic", PICTURE), head, label(shown.figure), spacing=6)
    for line in shown.lines:
        words.addWidget(label(line, "muted", wrap=True))
    words.addStretch(1)
    words.setContentsMargins(16, 16, 16, 12)
    made.setLayout(words)
    return made
