"""The receipt of an enrolment: saved where the operator says, or printed; the station keeps no copy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QTextDocument,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.printing import CODE_PIXELS, Printing, as_document, ask_printer
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.elements import Notice
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.station.documents.pdf import MUTED, Paper, PaperSheet, write_sheet
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.enrolment import EnrolmentSession

SCALE, EDGE, CODE_SHARE = 0.9, 26, 0.42  # of the text on the screen; px of margin; of a narrow paper, for its code
ASPECT = 1.414  # height to width of the papers of the A series
MOST_WIDTH, FADE = 560.0, 72  # px of the paper on the screen; of the fade over its last lines
CODE_SIDE, LETTERS, LARGEST = 416, 36, 64  # pixels of the picture of a code, sharp at 200 % too; of its letters
WORDS_EDGE = 16  # pixels of that picture beside its words
WORDS_SHARE = 0.8  # of the size of a code's letters, for the words in its place
TO_COME = "-"  # in place of a code that is made when the receipt is handed out


def _code_to_come(_code: str, language: Language, letters: int) -> QImage:
    """The outline of a code, with what it is in its middle."""
    picture = QImage(CODE_SIDE, CODE_SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    edges = (4, 4, -48, -48) if language.right_to_left else (48, 4, -4, -48)
    outline = QRectF(0, 0, CODE_SIDE, CODE_SIDE).adjusted(*edges)
    painter = QPainter(picture)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.setPen(QPen(QColor(*MUTED), 4, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(outline, 12, 12)
    font = painter.font()
    font.setPixelSize(round(WORDS_SHARE * letters))
    painter.setFont(font)
    said = language.text("Your code is printed here")
    inside = outline.adjusted(WORDS_EDGE, 0, -WORDS_EDGE, 0)
    painter.drawText(inside, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), said)
    painter.end()
    return picture


class ReceiptPreview(QWidget):
    """Shows the upper part of a receipt in letters that are easily read, with the place of its code; it fades where it
    is cut."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[PaperSheet, Language] | None = None
        self._document: QTextDocument | None = None
        self.setAccessibleName(name)
        self.setMinimumSize(180, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_sheet(self, sheet: PaperSheet | None, language: Language) -> None:
        """Shows another sheet, or none."""
        self._shown = None if sheet is None else (sheet, language)
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lays the text out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Lays the text out for the width there is; a narrow paper has a small code, too."""
        self._document = None
        if self._shown is not None:
            width = round((self._paper_width - 2 * EDGE) / SCALE)
            side = min(CODE_PIXELS, round(width * CODE_SHARE))
            letters = min(LARGEST, LETTERS * CODE_PIXELS // side)
            draw = partial(_code_to_come, language=self._shown[1], letters=letters)
            self._document = as_document(*self._shown, draw, side)
            self._document.setTextWidth(width)
        self.update()

    @property
    def _paper_width(self) -> float:
        return min(float(self.width()), MOST_WIDTH)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the paper, white in every theme, and what is on it; what is below the widget's edge is cut."""
        width = self._paper_width
        left = 0.0 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else self.width() - width
        long = 0.0 if self._document is None else self._document.size().height() * SCALE + 2 * EDGE
        paper = QRectF(left, 0, width, max(width * ASPECT, long)).adjusted(1, 1, -1, -1)
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.setPen(QPen(self._theme.colour("edge"), 1))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRoundedRect(paper, 4, 4)
        if self._document is not None:
            painter.save()
            painter.setClipRect(paper.adjusted(2, 2, -2, -2))
            painter.translate(paper.left() + EDGE, paper.top() + EDGE)
            painter.scale(SCALE, SCALE)
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
        asking = self._workspace.unlocked.organisation.paragraph(language)
        return receipt_sheet(session, now, language, TO_COME, asking)

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
