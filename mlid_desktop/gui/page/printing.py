"""Prints sheets on a printer that is chosen in the platform's own dialog."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QTextDocument, QTextOption
from PySide6.QtWidgets import QWidget

from mlid_desktop.station.documents.pdf import INK, MUTED, RULE, PaperSection, PaperSheet, qr_modules
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

Printing = Callable[[PaperSheet, Language], bool]  # whether the printer took it

QUIET_ZONE = 4  # modules around a code (ISO/IEC 18004)
MODULE_PIXELS = 6
CODE_PIXELS = 208  # 55 mm at the 96 dpi that a text document counts in
TEXT_PT = 11


def ask_printer(parent: QWidget) -> Printing | None:
    """Asks for a printer in the dialog of the platform; None where it was cancelled."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415 - late: a library that few sessions need

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)
    if dialog.exec() != QPrintDialog.DialogCode.Accepted:
        return None
    return lambda sheet, language: print_sheet(sheet, language, printer)


def print_sheet(sheet: PaperSheet, language: Language, printer: QPrinter) -> bool:
    """Prints a sheet; returns whether the printer took it."""
    from PySide6.QtPrintSupport import QPrinter  # noqa: PLC0415 - as above

    as_document(sheet, language).print_(printer)
    return printer.printerState() is not QPrinter.PrinterState.Error


def as_document(
    sheet: PaperSheet, language: Language, draw: Callable[[str], QImage] | None = None, code_pixels: int = CODE_PIXELS
) -> QTextDocument:
    """A paper sheet as text that flows over pages, in the language's direction. The code of a sheet that belongs on one
    page stands in its upper corner, beside the first lines; ``draw`` makes the picture of a code."""
    document = QTextDocument()
    font = QFont()
    font.setPointSize(TEXT_PT)
    document.setDefaultFont(font)
    direction = QTextOption()
    if language.right_to_left:
        direction.setTextDirection(Qt.LayoutDirection.RightToLeft)
    document.setDefaultTextOption(direction)
    for number, section in enumerate(sheet.sections):
        if section.code:
            document.addResource(
                QTextDocument.ResourceType.ImageResource.value,
                QUrl(f"code:{number}"),
                (draw or _code_picture)(section.code),
            )
    ink, muted = QColor(*INK).name(), QColor(*MUTED).name()
    head = f'<p style="color:{muted}">{escape(sheet.title)}</p><h1 style="color:{ink}">{escape(sheet.name)}</h1>'
    side = ("left" if language.right_to_left else "right") if sheet.one_page else "none"
    codes = [_code(number, side, code_pixels) if section.code else "" for number, section in enumerate(sheet.sections)]
    corner, below = ("".join(codes), [""] * len(codes)) if sheet.one_page else ("", codes)
    sections = "".join(_section(section) + code for section, code in zip(sheet.sections, below, strict=True))
    document.setHtml(f"{corner}{head}<p>{escape(sheet.number)}</p>{sections}")
    return document


def _code(number: int, side: str, pixels: int) -> str:
    image = f'<img src="code:{number}" width="{pixels}" height="{pixels}" style="float:{side}"/>'
    return f"<p>{image}</p>" if side == "none" else image


def _section(section: PaperSection) -> str:
    rows = "".join(f"{escape(f'{name}: {value}' if name else value)}<br/>" for name, value in section.rows)
    text = f'<p style="color:{QColor(*MUTED).name()}">{escape(section.text)}</p>' if section.text else ""
    return f'<hr style="color:{QColor(*RULE).name()}"/><h3>{escape(section.title)}</h3><p>{rows}</p>{text}'


def _code_picture(characters: str) -> QImage:
    """The QR code of these characters, black on white with its quiet zone, square."""
    modules = qr_modules(characters)
    side = (len(modules) + 2 * QUIET_ZONE) * MODULE_PIXELS
    picture = QImage(side, side, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    for down, line in enumerate(modules):
        for across, dark in enumerate(line):
            if dark:
                position = (QUIET_ZONE + across) * MODULE_PIXELS, (QUIET_ZONE + down) * MODULE_PIXELS
                painter.fillRect(*position, MODULE_PIXELS, MODULE_PIXELS, Qt.GlobalColor.black)
    painter.end()
    return picture
