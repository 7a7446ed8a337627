"""The dialog that reads a barcode held to the camera, whose text goes into the form."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.samples import FrameSample, SourceItem
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.station.documents.receipt_scan import SeenCode


class BarCodeDialog(ReceiptCodeDialog):
    """Shows the camera's picture, and closes by itself with the first PDF417 or Code 128 code. Pictures are read in the
    decoding helper, one at a time."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        super().__init__(parent, workspace, workspace.language.text("Hold the barcode to the camera"))

    def _look(self, item: SourceItem) -> None:
        if not isinstance(item, FrameSample):
            return
        grey = item.image if item.image.ndim == 2 else item.image[:, :, 1]
        try:
            code = self._workspace.station.decoder.bar_code(grey)
        except DeviceError:
            return  # a picture that was too much: the next one may do
        if code:
            self._codes.put(SeenCode(code))

    def _seen(self, seen: SeenCode) -> None:
        self.code = seen.code
        self.accept()
