"""Renders headed sections on A4 pages as PDF, without a window system; a QR code where a sheet has one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlid_desktop.station.documents.fonts import FAMILY, FONTS, bundled, fallbacks, unprintable
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN_MM, WIDTH_MM = 20.0, 170.0  # of an A4 page
TITLE_PT, HEAD_PT, TEXT_PT = 20, 12, 11
LINE_MM = 6.5
CODE_MM = 55.0
INK, MUTED, RULE = (23, 32, 43), (86, 98, 115), (214, 221, 230)


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A section of a printed document, under a heading: ``rows`` of a name and its value, a ``text``, a QR ``code`` of
    these characters."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    text: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """A printed document in one language. ``name`` stands large, ``number`` below it."""

    title: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    sections: tuple[PaperSection, ...]


def write_sheet(path: Path, sheet: PaperSheet, language: Language, *, replace: bool = False) -> None:
    """Writes a document as a PDF that its owner alone may read, whole or not at all. Raises UsageError as
    :func:`.output_files.write_private`."""
    write_private(path, render_pdf(sheet, language), replace=replace)


def render_pdf(sheet: PaperSheet, language: Language) -> bytes:
    """Renders a document as the bytes of a PDF."""
    page = open_pages(sheet.title, _words(sheet), language)
    align = "R" if language.right_to_left else "L"

    def write(text: str, size: int, style: str = "", colour: tuple[int, int, int] = INK) -> None:
        page.set_font(FAMILY, style, size)
        page.set_text_color(*colour)
        page.multi_cell(WIDTH_MM, LINE_MM * size / TEXT_PT, text, align=align, new_x="LMARGIN", new_y="NEXT")

    write(sheet.title, HEAD_PT, colour=MUTED)
    if sheet.name:
        write(sheet.name, TITLE_PT, "B")
    if sheet.number:  # large where it has to stand for the name
        write(sheet.number, TITLE_PT if unprintable(sheet.name) else HEAD_PT)
    for section in sheet.sections:
        page.ln(LINE_MM / 2)
        page.set_draw_color(*RULE)
        page.line(MARGIN_MM, page.get_y(), MARGIN_MM + WIDTH_MM, page.get_y())
        page.ln(LINE_MM / 2)
        write(section.title, HEAD_PT, "B")
        for name, value in section.rows:
            write(f"{name}: {value}" if name else value, TEXT_PT)
        if section.text:
            write(section.text, TEXT_PT, colour=MUTED)
        if section.code:
            _draw_code(page, section.code)
    return bytes(page.output())


def _words(sheet: PaperSheet) -> str:
    """Every text on the document."""
    rows = (part for section in sheet.sections for row in section.rows for part in row)
    heads = (part for section in sheet.sections for part in (section.title, section.text))
    return "".join((sheet.title, sheet.name, sheet.number, *rows, *heads))


def qr_modules(characters: str) -> list[bytes]:
    """The rows of a QR code (ISO/IEC 18004, level M) without quiet zone: a byte a module, 1 where it is dark."""
    import segno  # noqa: PLC0415 - late: few sheets have a code

    return [bytes(row) for row in segno.make(characters, error="m", micro=False, boost_error=False).matrix]


def open_pages(title: str, letters: str, language: Language) -> FPDF:
    """The first of A4 pages to write on, in fonts that have the ``letters`` as far as this machine has such."""
    from fpdf import FPDF  # noqa: PLC0415 - a heavy library, asked for by few commands

    page = FPDF(format="A4")
    page.set_margin(MARGIN_MM)
    page.set_title(title)
    page.set_creator("MLID Desktop")
    for style in FONTS:
        page.add_font(FAMILY, style, bundled(style))
    others = fallbacks(letters)
    for number, path in enumerate(others):
        page.add_font(f"other{number}", "", path)
    page.set_fallback_fonts([f"other{number}" for number in range(len(others))], exact_match=False)
    page.set_text_shaping(use_shaping_engine=True, direction="rtl" if language.right_to_left else "ltr")
    page.add_page()
    return page


def _draw_code(page: FPDF, characters: str) -> None:
    """Draws a QR code as filled squares, so that no picture is needed; modules in black on white with the quiet zone of
    ISO/IEC 18004 (4 modules), which the sections' distance gives."""
    modules = qr_modules(characters)
    if page.will_page_break(CODE_MM + LINE_MM):
        page.add_page()
    side = CODE_MM / len(modules)
    left, top = page.get_x(), page.get_y() + LINE_MM / 2
    page.set_fill_color(0, 0, 0)
    for down, line in enumerate(modules):
        for across, dark in enumerate(line):
            if dark:
                page.rect(left + across * side, top + down * side, side, side, style="F")
    page.set_y(top + CODE_MM + LINE_MM)
