"""The receipt of an enrolment: saved where the operator says, or printed; the station keeps no copy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QTextDocument,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.printing import Printing, as_document, ask_printer
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.elements import Notice
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.station.documents.pdf import Paper, PaperSheet, write_sheet
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.enrolment import EnrolmentSession

SHEET_WIDTH = 640  # of the text of a sheet, in its own pixels
ASPECT = 1.414  # height to width of the papers of the A series
SHEET_MARGIN = 28
MOST_WIDTH, FADE = 520.0, 72  # px of the paper on the screen; of the fade over its last lines


class ReceiptPreview(QWidget):
    """Shows the upper part of a receipt as it will be on paper, large enough to be read; it fades where it is cut."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._document: QTextDocument | None = None
        self.setAccessibleName(name)
        self.setMinimumSize(180, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_sheet(self, sheet: PaperSheet | None, language: Language) -> None:
        """Shows another sheet, or none."""
        self._document = None if sheet is None else as_document(sheet, language)
        if self._document is not None:
            self._document.setTextWidth(SHEET_WIDTH)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the paper, white in every theme, and what is on it; what is below the widget's edge is cut."""
        width = min(float(self.width()), MOST_WIDTH)
        left = 0.0 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else self.width() - width
        paper = QRectF(left, 0, width, width * ASPECT).adjusted(1, 1, -1, -1)
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.setPen(QPen(self._theme.colour("edge"), 1))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRoundedRect(paper, 4, 4)
        if self._document is not None:
            scale = paper.width() / (SHEET_WIDTH + 2 * SHEET_MARGIN)
            painter.save()
            painter.setClipRect(paper.adjusted(2, 2, -2, -2))
            painter.translate(paper.left() + SHEET_MARGIN * scale, paper.top() + SHEET_MARGIN * scale)
            painter.scale(scale, scale)
            context = QAbstractTextDocumentLayout.PaintContext()
            context.palette.setColor(QPalette.ColorRole.Text, Qt.GlobalColor.black)
            self._document.documentLayout().draw(painter, context)
            painter.restore()
        if paper.bottom() > self.height():
            ground = self._theme.colour("surface")
            veil = QLinearGradient(0, self.height() - FADE, 0, self.height())
            veil.setColorAt(0, QColor(ground.red(), ground.green(), ground.blue(), 0))
            veil.setColorAt(1, ground)
            painter.fillRect(QRectF(0, self.height() - FADE, self.width(), FADE), veil)
        painter.end()


class Receipts:
    """Saves and prints the receipts of enrolments. Each carries a new code, kept with the record; so it is made on the
    vault thread."""

    def __init__(
        self,
        parent: QWidget,
        workspace: Workspace,
        notice: Notice,
        choose_paper: Callable[[], Paper] = lambda: Paper.A4,
        handed: Callable[[], None] = lambda: None,
    ) -> None:
        self._handed = handed
        self._parent, self._workspace, self._notice = parent, workspace, notice
        self.choose_file: Callable[[str], str] = self._ask_for_file
        self.choose_paper = choose_paper
        self.choose_printer: Callable[[], Printing | None] = partial(ask_printer, parent)

    def save(self, session: EnrolmentSession) -> None:
        """Saves the receipt as PDF."""
        details, language, paper = session.details, self._workspace.language, self.choose_paper()
        chosen = self.choose_file("receipt.pdf" if details is None else f"receipt-{details.number}.pdf")
        if chosen:
            make = self._maker(session)
            said = language.text("Written to {path}.", path=chosen)
            self._workspace.on_vault(
                lambda: write_sheet(Path(chosen), make(), language, replace=True, paper=paper),
                lambda _: self._done(said),
                self._failed,
            )

    def print(self, session: EnrolmentSession) -> None:
        """Prints the receipt on the printer that the operator chooses."""
        language, printing = self._workspace.language, self.choose_printer()
        if printing is None:
            return

        def made(sheet: PaperSheet) -> None:
            if printing(sheet, language):
                self._done(language.text("Handed to the printer."))
            else:
                self._done(language.text("The printer did not take the receipt."), Tone.REJECTED)

        self._workspace.on_vault(self._maker(session), made, self._failed)

    def sample(self, session: EnrolmentSession) -> PaperSheet:
        """The receipt as it will be, but for its code: that is made when it is handed out."""
        from mlid_desktop.station.documents.receipt import receipt_sheet  # noqa: PLC0415 - late: start-up

        language, now = self._workspace.language, self._workspace.station.clock.now()
        return receipt_sheet(session, now, language, "", self._workspace.unlocked.organisation.paragraph(language))

    def _maker(self, session: EnrolmentSession) -> Callable[[], PaperSheet]:
        language, now = self._workspace.language, self._workspace.station.clock.now()
        unlocked = self._workspace.unlocked
        subjects, organisation = unlocked.session.subjects, unlocked.organisation

        def make() -> PaperSheet:
            from mlid_desktop.station.documents.receipt import receipt_sheet  # noqa: PLC0415 - late: start-up

            code = subjects.issue_receipt_code(session.subject_id)
            return receipt_sheet(session, now, language, code, organisation.paragraph(language))

        return make

    def _done(self, said: str, tone: Tone = Tone.ACCEPTED) -> None:
        self._notice.say(said, tone)
        if tone is Tone.ACCEPTED:
            self._handed()
        self._workspace.refresh_people()

    def _failed(self, fault: MlidError) -> None:
        self._notice.say(fault_text(fault, self._workspace.language), Tone.REJECTED)

    def _ask_for_file(self, name: str) -> str:
        title = self._workspace.language.text("Save the receipt")
        return FileDialogs(self._parent, self._workspace.station).save(FileKind.RECEIPT, title, name, "PDF (*.pdf)")
