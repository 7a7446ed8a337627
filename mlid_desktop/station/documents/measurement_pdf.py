"""Renders a report of measurements as a PDF of A4 pages, with its drawings as vectors."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from mlid_desktop.station.documents.fonts import FAMILY
from mlid_desktop.station.documents.measurement import (
    SHARES,
    MeasurementPage,
    columns_of,
    heading,
    is_list_of_parts,
    value_text,
)
from mlid_desktop.station.documents.pdf import (
    HEAD_PT,
    INK,
    MARGIN_MM,
    MUTED,
    RULE,
    TITLE_PT,
    WIDTH_MM,
    open_pages,
)
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from fpdf import FPDF

TEXT_PT, LINE_MM = 9, 5.0
PLOTS_IN_A_ROW, GAP_MM = 2, 6.0
PLOT_SHAPE = 3.6 / 5.6  # height by width of the drawings
INDENT = "   "
Cell = TypeVar("Cell")
Rows = Sequence[tuple[str, ...]]
NAME_SHARE = 2.0  # how much wider a column of names is than those of values


def render_measurement(page: MeasurementPage, language: Language) -> bytes:
    """Renders a report as the bytes of a PDF."""
    tables = {key: list(_tables(value, key, language)) for key, value in page.sections().items()}
    pages = open_pages(page.title, _letters(page, tables, language), language)
    writer = _Writer(pages, language)
    writer.text(page.title, TITLE_PT, "B")
    writer.text(page.origin, TEXT_PT, colour=MUTED)
    pages.ln(LINE_MM)
    if page.lines:
        writer.sentences(page.lines)
    else:
        writer.table(page.headline(language), headed=True)
    writer.drawings(page.drawings)
    if page.notes:
        writer.heading(language.text(_("How this was tested")))
        writer.sentences(page.notes)
    for key, found in tables.items():
        writer.heading(heading(key, language))
        for rows, headed in found:
            writer.table(rows, headed=headed)
    return bytes(pages.output())


def _tables(value: Any, key: str, language: Language) -> Iterator[tuple[Rows, bool]]:
    """The tables that a part of a report is written as, with whether their first row is their head."""
    if isinstance(value, dict) and (columns := columns_of(value)):
        head = ("", *(heading(name, language) for name in columns))
        body = [
            (heading(str(name), language), *(value_text(row[column], column, language) for column in columns))
            for name, row in value.items()
        ]
        yield [head, *body], True
    elif is_list_of_parts(value):
        for part in value:
            yield from _tables(part, key, language)
    else:
        yield list(_lines(value, key, language, 0)), False


def _lines(value: Any, key: str, language: Language, depth: int) -> Iterator[tuple[str, str]]:
    """Names with their values, those of a mapping inside another indented below its name."""
    if not isinstance(value, dict):
        yield "", value_text(value, key, language)
        return
    for name, inner in value.items():
        shown = INDENT * depth + heading(str(name), language)
        nearest = key if key in SHARES else str(name)
        if isinstance(inner, dict):
            yield shown, ""
            yield from _lines(inner, nearest, language, depth + 1)
        elif is_list_of_parts(inner):
            yield shown, ", ".join(value_text(part, nearest, language) for part in inner)
        else:
            yield shown, value_text(inner, nearest, language)


def _letters(page: MeasurementPage, tables: Mapping[str, list[tuple[Rows, bool]]], language: Language) -> str:
    """Every text of the report, by which its fonts are chosen."""
    cells = (cell for found in tables.values() for rows, _headed in found for row in rows for cell in row)
    named = (heading(key, language) for key in tables)
    headline = (cell for row in page.headline(language) for cell in row)
    return "".join([page.title, page.origin, *page.lines, *page.notes, *page.drawings, *cells, *named, *headline])


class _Writer:
    """Writes parts of a report one below the other, from the side where the language begins."""

    def __init__(self, pages: FPDF, language: Language) -> None:
        self._pages = pages
        self._mirrored = language.right_to_left
        self._align = "R" if self._mirrored else "L"

    def text(self, text: str, size: int, style: str = "", colour: tuple[int, int, int] = INK) -> None:
        """Writes a paragraph."""
        self._pages.set_font(FAMILY, style, size)
        self._pages.set_text_color(*colour)
        height = LINE_MM * size / TEXT_PT
        self._pages.multi_cell(WIDTH_MM, height, text, align=self._align, new_x="LMARGIN", new_y="NEXT")

    def heading(self, text: str) -> None:
        """Writes the heading of a part, which does not stand alone at the foot of a page."""
        if self._pages.will_page_break(6 * LINE_MM):
            self._pages.add_page()
        self._pages.ln(LINE_MM)
        self.text(text, HEAD_PT, "B")

    def sentences(self, lines: Sequence[str]) -> None:
        """Writes sentences, a paragraph each."""
        for line in lines:
            self.text(line, TEXT_PT)
            self._pages.ln(LINE_MM / 4)

    def table(self, rows: Rows, *, headed: bool) -> None:
        """Writes rows of cells with a rule below each; a head is repeated on the next page."""
        if not rows:
            return
        pages, columns = self._pages, len(rows[0])
        widths = [NAME_SHARE, *([1.0] * (columns - 1))]
        pages.set_font(FAMILY, "", TEXT_PT)
        pages.set_text_color(*INK)
        pages.set_draw_color(*RULE)
        pages.set_line_width(0.2)
        with pages.table(
            width=int(WIDTH_MM),
            col_widths=tuple(self._ordered(widths)),
            text_align=tuple([self._align] * columns),
            borders_layout="HORIZONTAL_LINES",
            first_row_as_headings=headed,
            line_height=LINE_MM,
            padding=0.6,
        ) as written:
            for row in rows:
                cells = written.row()
                for cell in self._ordered(row):
                    cells.cell(cell)
        pages.ln(LINE_MM / 2)

    def drawings(self, drawn: Mapping[str, str]) -> None:
        """Draws the plots beside one another, each with its caption above it."""
        pages = self._pages
        width = (WIDTH_MM - GAP_MM * (PLOTS_IN_A_ROW - 1)) / PLOTS_IN_A_ROW
        height = width * PLOT_SHAPE + 2 * LINE_MM
        captions = list(drawn)
        for start in range(0, len(captions), PLOTS_IN_A_ROW):
            if pages.will_page_break(height):
                pages.add_page()
            top = pages.get_y()
            for number, caption in enumerate(captions[start : start + PLOTS_IN_A_ROW]):
                slot = PLOTS_IN_A_ROW - 1 - number if self._mirrored else number
                left = MARGIN_MM + slot * (width + GAP_MM)
                pages.set_font(FAMILY, "B", TEXT_PT)
                pages.set_text_color(*INK)
                pages.set_xy(left, top)
                pages.cell(width, LINE_MM, caption, align=self._align)
                pages.image(io.BytesIO(drawn[caption].encode()), x=left, y=top + LINE_MM, w=width)
            pages.set_xy(MARGIN_MM, top + height)

    def _ordered(self, cells: Sequence[Cell]) -> list[Cell]:
        return list(reversed(cells)) if self._mirrored else list(cells)
