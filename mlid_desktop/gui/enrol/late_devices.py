"""Offers at the review what was passed by for want of a device, once one is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.capture.panel import LOOK_AGAIN_MS
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import clear, label, row, tag
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.modality_terms import terms_of

OFFERS = {
    Modality.FACE: _("Capture the face now"),
    Modality.FINGERPRINT: _("Capture the fingers now"),
    Modality.VOICE: _("Capture the voice now"),
}


class OffersOfLateDevices(QFrame):
    """A line with a button for each step that was passed by and can be done now; nothing where there is none."""

    def __init__(self, workspace: Workspace, capture: Callable[[Modality], None]) -> None:
        super().__init__()
        self._workspace, self._capture = workspace, capture
        self._absent: tuple[Modality, ...] = ()
        self.offers = row(spacing=workspace.theme.space("snug"), margins=(12, 8, 12, 8))
        tag(self, kind="notice", tone=Tone.INFORMATION.value)
        self.setLayout(self.offers)
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
        clear(self.offers)
        workspace = self._workspace
        text = workspace.language.text
        ready = [modality for modality in self._absent if workspace.is_open and workspace.can_capture(modality)]
        for modality in ready:
            button = Button(workspace.theme, text(OFFERS[modality]), "plain", terms_of(modality).icon)
            self.offers.addWidget(button.on(partial(self._capture, modality)))
        if ready:
            self.offers.insertWidget(0, label(text("A device that was missing is there now."), "strong"))
            self.offers.insertStretch(1, 1)
        self.setVisible(bool(ready))
