"""Renders headed sections on A4, A5 or a roll as PDF, without a window system; a QR code where a sheet has one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from io import BytesIO
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlid_desktop.station.documents.fonts import FAMILY, FONTS, bundled_font, fallbacks, unprintable
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN_MM, WIDTH_MM = 20.0, 170.0  # of an A4 page
TITLE_PT, HEAD_PT, TEXT_PT = 20, 12, 11
LINE_MM, TIGHT_MM = 6.5, 5.2  # from line to line at that size; the second where letters are made smaller
CODE_MM = 55.0
PICTURE_MM = 35.0
INK, MUTED, RULE = (23, 32, 43), (86, 98, 115), (214, 221, 230)
# How much smaller letters become so that what belongs on one page stays on it: 7 points at the least.
SCALES = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64)
ENDLESS_MM = 3000.0
QUIET_ZONE = 4  # modules (ISO/IEC 18004)
ROOM_SHARE = 1.15  # lines are closer where letters are smaller: more fits than their size alone says


class Paper(StrEnum):
    """Kinds of paper that a sheet is written for; a roll is as long as what stands on it."""

    A4 = "a4"
    A5 = "a5"
    ROLL = "roll"  # of a receipt printer, 80 mm wide


@dataclass(frozen=True, slots=True)
class PaperSize:
    """Width, height and margin of a paper, in millimetres."""

    width: float
    height: float
    margin: float


SIZES: Final = {
    Paper.A4: PaperSize(210.0, 297.0, MARGIN_MM),
    Paper.A5: PaperSize(148.0, 210.0, 10.0),
    Paper.ROLL: PaperSize(80.0, ENDLESS_MM, 4.0),
}


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A section of a printed document, under a heading: ``rows`` of a name and its value, a ``text``, a QR ``code`` of
    these characters, a ``picture`` (JPEG, three to four)."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    text: str = ""
    code: str = ""
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """A printed document in one language. ``name`` stands large, ``number`` below it. What belongs on ``one_page`` is
    written as much smaller as that takes."""

    title: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    sections: tuple[PaperSection, ...]
    one_page: bool = False


def write_sheet(
    path: Path, sheet: PaperSheet, language: Language, *, replace: bool = False, paper: Paper = Paper.A4
) -> None:
    """Writes a document as a PDF that its owner alone may read, whole or not at all. Raises UsageError as
    :func:`.output_files.write_private`."""
    write_private(path, render_pdf(sheet, language, paper), replace=replace)


def render_pdf(sheet: PaperSheet, language: Language, paper: Paper = Paper.A4) -> bytes:
    """Renders a document as the bytes of a PDF."""
    size = SIZES[paper]
    if paper is not Paper.ROLL and not sheet.one_page:
        return _finished(_rendered(sheet, language, size, 1.0))[1]
    scale = SCALES[2] if paper is Paper.ROLL else 1.0
    long = replace(size, height=ENDLESS_MM)
    used, document = _finished(_rendered(sheet, language, long, scale))
    if paper is Paper.ROLL:
        return _finished(_rendered(sheet, language, replace(size, height=used + size.margin + TIGHT_MM), scale))[1]
    room = sqrt((size.height - 2 * size.margin) / used)  # of letters that are smaller, more stand in a line as well
    fitting = [scale for scale in SCALES if scale <= room * ROOM_SHARE] or [SCALES[-1]]
    for scale in fitting:
        page = _rendered(sheet, language, size, scale)
        is_one, (_, document) = page.pages_count == 1, _finished(page)
        if is_one:
            break
    return document


def _finished(page: FPDF) -> tuple[float, bytes]:
    """Where the writing ends, in millimetres from the top, and the document; its fonts are closed."""
    ends, document = page.get_y(), bytes(page.output())
    for font in page.fonts.values():
        getattr(font, "close", lambda: None)()  # those of the PDF standard have no file
    return ends, document


def _rendered(sheet: PaperSheet, language: Language, size: PaperSize, scale: float) -> FPDF:
    """The pages of a document, its letters and lines scaled. On one page of a sheet that is wide enough the code stands
    in the upper corner, beside the first sections."""
    page = open_pages(sheet.title, _words(sheet), language, size)
    page.c_margin = 0.0  # letters begin under the rules and the code
    align, whole = "R" if language.right_to_left else "L", size.width - 2 * size.margin
    line = LINE_MM if scale == 1.0 else TIGHT_MM * scale
    side = CODE_MM * scale if sheet.one_page else CODE_MM
    in_corner = next((section.code for section in sheet.sections if section.code), "") if sheet.one_page else ""
    corner_ends = 0.0
    if in_corner and whole > 2 * side:
        page.set_xy(size.margin if language.right_to_left else size.width - size.margin - side, size.margin - line / 2)
        _draw_code(page, in_corner, side)
        corner_ends = page.get_y()
        page.set_xy(size.margin, size.margin)

    def room() -> float:
        """The width that is free at this height; the cursor is moved to where it begins."""
        beside = page.pages_count == 1 and page.get_y() < corner_ends
        taken = side + _quiet(in_corner, side) if beside else 0.0
        page.set_x(size.margin + (taken if language.right_to_left else 0.0))
        return whole - taken

    def write(text: str, points: int, style: str = "", colour: tuple[int, int, int] = INK) -> None:
        page.set_font(FAMILY, style, points * scale)
        page.set_text_color(*colour)
        page.multi_cell(room(), line * points / TEXT_PT, text, align=align, new_x="LMARGIN", new_y="NEXT")

    write(sheet.title, HEAD_PT, colour=MUTED)
    if sheet.name:
        write(sheet.name, TITLE_PT, "B")
    if sheet.number:  # large where it has to stand for the name
        write(sheet.number, TITLE_PT if unprintable(sheet.name) else HEAD_PT)
    for section in sheet.sections:
        page.ln(line / 2)
        page.set_draw_color(*RULE)
        width = room()
        page.line(page.get_x(), page.get_y(), page.get_x() + width, page.get_y())
        page.ln(line / 2)
        write(section.title, HEAD_PT, "B")
        for name, value in section.rows:
            write(f"{name}: {value}" if name else value, TEXT_PT)
        if section.text:
            write(section.text, TEXT_PT, colour=MUTED)
        if section.code and not corner_ends:
            _draw_code(page, section.code, side)
        if section.picture:
            page.image(BytesIO(section.picture), w=PICTURE_MM, h=PICTURE_MM * 4 / 3)
    return page


def _words(sheet: PaperSheet) -> str:
    """Every text on the document."""
    rows = (part for section in sheet.sections for row in section.rows for part in row)
    heads = (part for section in sheet.sections for part in (section.title, section.text))
    return "".join((sheet.title, sheet.name, sheet.number, *rows, *heads))


def qr_modules(characters: str) -> list[bytes]:
    """The rows of a QR code (ISO/IEC 18004, level M) without quiet zone: a byte a module, 1 where it is dark."""
    import segno  # noqa: PLC0415 - late: few sheets have a code

    return [bytes(row) for row in segno.make(characters, error="m", micro=False, boost_error=False).matrix]


def open_pages(title: str, letters: str, language: Language, size: PaperSize = SIZES[Paper.A4]) -> FPDF:
    """The first of the pages to write on, in fonts that have the ``letters`` as far as this machine has such."""
    from fpdf import FPDF  # noqa: PLC0415 - a heavy library, asked for by few commands

    page = FPDF(format=(size.width, size.height))
    page.set_margin(size.margin)
    page.set_auto_page_break(auto=True, margin=size.margin)
    page.set_title(title)
    page.set_creator("MLID Desktop")
    for style in FONTS:
        page.add_font(FAMILY, style, bundled_font(style))
    others = fallbacks(letters)
    for number, path in enumerate(others):
        page.add_font(f"other{number}", "", path)
    page.set_fallback_fonts([f"other{number}" for number in range(len(others))], exact_match=False)
    page.set_text_shaping(use_shaping_engine=True, direction="rtl" if language.right_to_left else "ltr")
    page.add_page()
    return page


def _draw_code(page: FPDF, characters: str, side_mm: float) -> None:
    """Draws a QR code as filled squares, so that no picture is needed; modules in black on white, and below them the
    quiet zone."""
    modules, quiet = qr_modules(characters), _quiet(characters, side_mm)
    if page.will_page_break(side_mm + LINE_MM / 2):
        page.add_page()
    side = side_mm / len(modules)
    left, top = page.get_x(), page.get_y() + LINE_MM / 2
    page.set_fill_color(0, 0, 0)
    for down, line in enumerate(modules):
        for across, dark in enumerate(line):
            if dark:
                page.rect(left + across * side, top + down * side, side, side, style="F")
    page.set_y(top + side_mm + quiet)


def _quiet(characters: str, side_mm: float) -> float:
    """The width in millimetres that stays white around a code of this size."""
    return QUIET_ZONE * side_mm / len(qr_modules(characters))
