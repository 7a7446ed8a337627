"""A receipt on paper: what it says, its code, its direction, and a printer that does not take it."""

from __future__ import annotations

import gettext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.page.printing import as_document, print_sheet
from mlid_desktop.station.documents.pdf import PaperSection, PaperSheet
from mlid_desktop.station.documents.receipt_scan import SeenCode, find_receipt_code
from mlid_desktop.station.text.language import Language
from tests.gui.stage import Stage
from tests.gui.steps import enrol_view, saved

CODE = "mlid:" + "0123456789abcdef" * 2
SHEET = PaperSheet(
    "Enrolment receipt",
    "Maria <Okoye> & Son",
    "No. 1001",
    (
        PaperSection("What was captured", (("right index", "quality 90 of 100"),)),
        PaperSection("Your code", text="It", code=CODE),
    ),
)


def language(code: str) -> Language:
    return Language(code, gettext.NullTranslations())


def test_everything_stands_on_the_paper_as_it_is(qapp: QApplication) -> None:
    said = as_document(SHEET, language("en")).toPlainText()
    for words in (
        "Enrolment receipt",
        "Maria <Okoye> & Son",
        "No. 1001",
        "right index: quality 90 of 100",
        "Your code",
    ):
        assert words in said


@pytest.mark.parametrize("sheet", [SHEET, replace(SHEET, one_page=True)], ids=["in its section", "in the corner"])
def test_the_code_on_the_paper_can_be_read_by_the_camera(qapp: QApplication, sheet: PaperSheet) -> None:
    document = as_document(sheet, language("en"))
    document.setTextWidth(640)
    picture = QImage(document.size().toSize(), QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    document.drawContents(painter)
    painter.end()
    grey = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(bytes(grey.constBits()), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    assert find_receipt_code(np.ascontiguousarray(lines[:, : grey.width()])) == SeenCode(CODE)


def test_an_arabic_receipt_runs_from_the_right(qapp: QApplication) -> None:
    assert as_document(SHEET, language("ar")).defaultTextOption().textDirection().name == "RightToLeft"


def test_a_printer_prints_it(qapp: QApplication, tmp_path: Path) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    assert print_sheet(SHEET, language("en"), printer)
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")


def test_the_receipt_of_an_enrolment_is_printed_and_a_refusal_is_said(demo: Stage) -> None:
    saved(demo)
    view = enrol_view(demo)
    printed: list[str] = []

    def take(sheet: PaperSheet, _: Language) -> bool:
        printed.append(sheet.number)
        return True

    view.receipts.choose_printer = lambda: None
    view.ended.printed.click()  # the dialog was left: nothing is said
    assert view.ended.notice.text == ""
    view.receipts.choose_printer = lambda: take
    view.ended.printed.click()
    demo.until(lambda: view.ended.notice.text == "Handed to the printer.")
    assert printed == ["No. 1001"]
    view.receipts.choose_printer = lambda: lambda _sheet, _language: False
    view.ended.printed.click()
    demo.until(lambda: "did not take" in view.ended.notice.text)
