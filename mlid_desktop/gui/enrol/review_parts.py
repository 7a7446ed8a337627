"""Parts of the review: a card with each capture or what is missing, and offers of what a device came late for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QBoxLayout, QFrame

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.gui.capture.panel import LOOK_AGAIN_MS
from mlid_desktop.gui.capture.preview import Thumbnail
from mlid_desktop.gui.enrol.capture_steps import Enrolling
from mlid_desktop.gui.enrol.presenter import ReviewRow
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, column, label, row, tag
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import terms_of
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStep

THUMB, LARGE_THUMB = 88, 152  # px: side of a picture beside the words, and of one above them


class ReviewCard(QFrame):
    """A card of the review with one kept capture, one exception, or what is missing without a reason; from a capture
    one comes to every attempt at it and back to its step, from what is missing to its capture."""

    def __init__(
        self,
        theme: Theme,
        language: Language,
        shown: ReviewRow,
        look: Callable[[Characteristic], None],
        capture: Callable[[Modality], None],
    ) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._title, self._absent = shown.title, shown.absent
        self._late: Button | None = None
        self.setAccessibleName(", ".join((shown.title, *shown.lines)))
        words = column(label(shown.title, "strong", wrap=True), spacing=theme.space("hair"))
        if shown.characteristic is not None:
            words.addWidget(label(language.text("Quality {value} of 100", value=shown.quality), wrap=True))
        for line in shown.lines:
            said = label(line, "muted", wrap=True)
            if shown.capture is not None:
                tag(said, kind="body", tone=shown.tone.value)
            words.addWidget(said)
        words.addStretch(1)
        if shown.characteristic is not None:
            attempts = Button(theme, f"{shown.attempts} …", "quiet", "copies").on(partial(look, shown.characteristic))
            tag(attempts, edge="flush")
            attempts.setAccessibleName(f"{shown.title}: {shown.attempts}")
            again = Button(theme, language.text("Capture again …"), "chip")
            again.on(partial(capture, shown.characteristic.modality))
            again.setAccessibleName(f"{shown.title}: {again.text()}")
            words.addSpacing(theme.space("hair"))
            acts = WrappingRow(theme.space("base"), apart=0)
            for act in (again, attempts):
                acts.addWidget(act)
            words.addLayout(acts)
        elif (repaired := shown.capture or shown.repair) is not None:
            named = language.text("Change this …") if shown.declined else language.text("Capture now")
            act = self._to_capture(theme, named, partial(capture, repaired))
            if shown.declined:  # said once, and not asked again: whoever changes their mind finds it
                act.become("quiet")
                tag(act, edge="flush")
            words.addLayout(row(act, 1))
        if shown.absent is not None:
            self._late = self._to_capture(theme, language.text("Capture now"), partial(capture, shown.absent))
            self._late.setToolTip(language.text(terms_of(shown.absent).capture_now))
            self._late.hide()
            words.addLayout(row(self._late, 1))
        self._sides = row(spacing=16, margins=(16, 16, 16, 16))
        self._picture = Thumbnail(theme, shown.picture, shown.icon, THUMB)
        self._picture.tint("muted" if shown.capture is None else shown.tone.value)
        self._sides.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        self._sides.addLayout(words, 1)
        self.setLayout(self._sides)

    def _to_capture(self, theme: Theme, words: str, capture: Callable[[], None]) -> Button:
        made = Button(theme, words, "chip").on(capture)
        made.setAccessibleName(f"{self._title}: {words}")
        return made

    def offer(self, ready: Sequence[Modality]) -> None:
        """Offers to capture what no device was there for, now that there are ``ready`` ones."""
        if self._late is not None:
            self._late.setVisible(self._absent in ready)

    def stand(self, *, upright: bool) -> None:
        """Has the words below a large picture where there is room for it, else beside a small one."""
        self._sides.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)
        side = LARGE_THUMB if upright else THUMB
        self._picture.setFixedSize(side, side)


class LateDevices(QFrame):
    """A line that says which device is there now for a step that was passed by; nothing where there is none. ``offer``
    is told for what there are some, and shows the way to capture it."""

    def __init__(
        self,
        workspace: Workspace,
        offer: Callable[[Sequence[Modality]], None],
    ) -> None:
        super().__init__()
        self._workspace, self._offer = workspace, offer
        self._absent: tuple[Modality, ...] = ()
        self._ready: list[Modality] = []
        tag(self, kind="notice", tone=Tone.INFORMATION.value)
        said = row(Icon(workspace.theme, Tone.INFORMATION.icon, Tone.INFORMATION.value), spacing=12)
        self._said = label("", "strong", wrap=True)
        said.addWidget(self._said, 1)
        said.setContentsMargins(12, 8, 12, 8)
        self.setLayout(said)
        self.hide()
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_AGAIN_MS)
        self._looking.timeout.connect(workspace.refresh_sources)
        workspace.sources_changed.connect(self._show)

    def watch(self, absent: Sequence[Modality]) -> None:
        """Looks for devices of these modalities; for none where there are no such."""
        self._absent = tuple(absent)
        if self._absent:
            self._looking.start()
        else:
            self._looking.stop()
        self._show()

    def _show(self) -> None:
        workspace = self._workspace
        ready = [modality for modality in self._absent if workspace.is_open and workspace.can_capture(modality)]
        self._offer(ready)
        if ready != self._ready:
            self._name(ready)
        self.setVisible(bool(ready))

    def _name(self, ready: list[Modality]) -> None:
        """Names the devices that came."""
        text, self._ready = self._workspace.language.text, ready
        self._said.setText(" ".join(text(terms_of(modality).usable_now) for modality in ready))


class DetailsChange:
    """Leads from the review to number and name, and back to it: as it was, or, where they were entered again, past
    another look for people who are similar."""

    def __init__(self, enrolling: Enrolling, go: Callable[[EnrolmentSession, EnrolmentStep], None]) -> None:
        self._enrolling, self._go = enrolling, go
        self._reviewed: EnrolmentSession | None = None

    def begin(self) -> None:
        """Goes to number and name."""
        self._reviewed = session = self._enrolling.session
        self._go(session.advance(events.SteppedBack()).advance(events.SteppedBack()), EnrolmentStep.DETAILS)

    def entered(self) -> None:
        """Goes on from number and name: to the captures, unless whoever changed them came from the review."""
        if self._taken() is None:
            self._enrolling.to_next()
        else:
            self._go(self._enrolling.session.advance(events.CapturesFinished()), EnrolmentStep.DUPLICATES)

    def leave(self) -> None:
        """Goes back from number and name: to the consent, or to the review."""
        reviewed = self._taken()
        if reviewed is None:
            self._enrolling.to_previous()
        else:
            self._go(reviewed, EnrolmentStep.REVIEW)

    def forget(self) -> None:
        """The enrolment is left: nobody comes back to its review from here."""
        self._reviewed = None

    def _taken(self) -> EnrolmentSession | None:
        reviewed, self._reviewed = self._reviewed, None
        return reviewed
