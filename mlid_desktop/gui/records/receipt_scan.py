"""The dialog that reads a receipt held to the camera, whose code finds the record."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.samples import FrameSample, Image, SourceItem
from mlid_desktop.gui.capture.gauges import HintBanner
from mlid_desktop.gui.capture.preview import Guide, Preview
from mlid_desktop.gui.capture.preview_feed import PreviewFeed
from mlid_desktop.gui.page.fault_presenter import fault_text, no_device_screen
from mlid_desktop.gui.state.latest import Latest
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import mark_subject_facing, row
from mlid_desktop.station.documents.receipt_scan import SeenCode, find_receipt_code

SIZE = (720, 560)
PATIENCE_MS = 30_000  # nobody holds a receipt up for so long


class ReceiptCodeDialog(QDialog):
    """Shows the camera's picture and what to do; closes by itself with the first code that is somebody's. Esc leaves
    it."""

    def __init__(self, parent: QWidget, workspace: Workspace, title: str = "") -> None:
        super().__init__(parent)
        language, theme = workspace.language, workspace.theme
        text = language.text
        self.code = ""
        self._workspace = workspace
        self._codes: Latest[SeenCode] = Latest(workspace.bridge, self._seen)
        self._feed = PreviewFeed(workspace, self._show, self._failed, looked=self._look)
        title = title or text("Hold the receipt to the camera")
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self.preview = Preview(theme, Guide.NONE)
        self.preview.setAccessibleName(text("Live picture"))
        mark_subject_facing(self.preview)
        self.hint = HintBanner(theme, lines=2)
        mark_subject_facing(self.hint, as_words=True)
        self.preview.show_waiting(text("Opening the camera …"), opening=True)
        self._ask()
        self.wants_to_type = False
        self.type_instead = Button(theme, text("Type it instead"), "footer").on(self._type)
        self._leave = Button(theme, text("Cancel"), "footer").on(self.reject)
        layout = dialog_column(theme, title)
        layout.addWidget(self.preview, 1)
        layout.addWidget(self.hint)
        layout.addLayout(row(self.type_instead, 1, self._leave))
        self.setLayout(layout)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._given_up)

    def read(self) -> str:
        """Shows the dialog, and returns the code of somebody's receipt, or an empty one."""
        self._begin()
        self.exec()
        return self.code

    def done(self, result: int) -> None:
        """Closes the camera, however the dialog ends."""
        self._patience.stop()
        self._codes.mute()
        self._feed.stop()
        super().done(result)

    def _begin(self) -> None:
        source = self._workspace.source(Modality.FACE)
        if source is None:
            screen = no_device_screen(Modality.FACE, self._workspace.language, demo=self._workspace.unlocked.demo)
            self.preview.show_waiting("")
            self.hint.say(screen.title, screen.text, Tone.INCONCLUSIVE)
            return
        self._patience.start(PATIENCE_MS)
        self._workspace.closed.connect(self.reject)
        self._feed.start(source.address, Modality.FACE)

    def _type(self) -> None:
        """Leaves the camera for the field, whose focus waits for what is typed."""
        self.wants_to_type = True
        self.reject()

    def _ask(self) -> None:
        text = self._workspace.language.text
        self.hint.say(text("Flat, about 15 cm away"), text("The whole code in the picture."), Tone.INFORMATION)

    def _show(self, image: Image) -> None:
        self.preview.show_frame(image)

    def _look(self, item: SourceItem) -> None:
        """Looks for a code in an item of the source; runs on the capture thread."""
        seen = find_receipt_code(item.image) if isinstance(item, FrameSample) else SeenCode()
        if seen.code or seen.foreign:
            self._codes.put(seen)

    def _seen(self, seen: SeenCode) -> None:
        text = self._workspace.language.text
        if seen.foreign:
            self.hint.say(text("Another code"), text("This is not the code of a receipt."), Tone.INCONCLUSIVE)
        elif not self._workspace.unlocked.people_index.has_code(seen.code):
            why = text("It was replaced by a newer one, or belongs to another desk.")
            self.hint.say(text("This code finds nobody here"), why, Tone.REJECTED)
        else:
            self.code = seen.code
            self.accept()

    def _failed(self, fault: MlidError) -> None:
        self.preview.show_frame(None)
        self.hint.say(
            self._workspace.language.text("The camera gives no picture"),
            fault_text(fault, self._workspace.language),
            Tone.REJECTED,
        )

    def _given_up(self) -> None:
        self._feed.stop()
        self.preview.show_frame(None)
        text = self._workspace.language.text
        self.hint.say(text("No code was read"), text("Type the number or the name instead."), Tone.INCONCLUSIVE)
        self.type_instead.setFocus(Qt.FocusReason.OtherFocusReason)
