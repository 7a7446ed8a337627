"""What the person takes home: a page that says what was captured, what was not and why, and what can be asked for.

A receipt names the person and is written only where the operator asks for it; the station keeps no copy.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.consent import consent_text
from mlid_desktop.station.language import Language
from mlid_desktop.station.wording import EXCEPTIONS, characteristic_name
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.enrolment import EnrolmentSession

MARGIN_MM, WIDTH_MM = 20.0, 170.0  # of an A4 page
TITLE_PT, HEAD_PT, TEXT_PT = 20, 12, 11
LINE_MM = 6.5
INK, MUTED, RULE = (23, 32, 43), (86, 98, 115), (214, 221, 230)
FAMILY = "DejaVu"  # Latin, Greek, Cyrillic and Arabic in one open font, which the plots bring along
FONTS = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it: ``rows`` of a name and its value, and a ``text``."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything on the page, in the person's language."""

    title: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    sections: tuple[Section, ...]


def receipt_of(session: EnrolmentSession, now: datetime, language: Language) -> Receipt:
    """The receipt of a saved enrolment; fingers stand in the order of their quality, the best to use first. Raises
    ValueError before consent and details were given."""
    details, consent = session.details, session.consent
    if details is None or consent is None:
        raise ValueError("a receipt comes after consent and details")
    agreed = [
        (language.text("Enrolled on"), language.date(now)),
        (language.text("Consent given on"), language.date(consent.given_at)),
        (language.text("Text"), consent.text_version),
    ]
    if consent.guardian:
        agreed.append((language.text("Agreed by"), consent.guardian))
    missing = tuple(
        (characteristic_name(one.characteristic, language), language.text(EXCEPTIONS[one.reason]))
        for one in session.exceptions
    )
    sections = [
        Section(language.text("Enrolment"), tuple(agreed)),
        Section(language.text("What was captured"), _captured(session, language)),
        Section(language.text("Not captured"), missing),
        *(Section(head, text=body) for head, body in consent_text(language).paragraphs[1:]),
    ]
    shown = tuple(section for section in sections if section.rows or section.text)
    number = language.text("No. {number}", number=details.number)
    return Receipt(language.text("Enrolment receipt"), details.name, number, shown)


def write_receipt(path: Path, receipt: Receipt, language: Language) -> None:
    """One A4 page as PDF, readable by its owner alone. Raises UsageError(USAGE_OUTPUT_UNWRITABLE)."""
    drawn = _drawn(receipt, language)
    part = path.with_name(f"{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - opens with a mode
            file.write(drawn)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(path)) from None


def _captured(session: EnrolmentSession, language: Language) -> tuple[tuple[str, str], ...]:
    def rank(row: tuple[Characteristic, CaptureState]) -> tuple[bool, int]:
        return row[0].modality is Modality.FINGERPRINT, -_quality(row[1])

    rows = sorted(session.kept.items(), key=rank)
    return tuple(
        (characteristic_name(one, language), language.text("quality {number} of 100", number=_quality(state)))
        for one, state in rows
    )


def _quality(state: CaptureState) -> int:
    return -1 if state.best is None else state.best.quality


def _drawn(receipt: Receipt, language: Language) -> bytes:
    from fpdf import FPDF  # noqa: PLC0415 - a heavy library, asked for by few commands
    from matplotlib import get_data_path  # noqa: PLC0415 - for its open fonts; as above

    align = "R" if language.right_to_left else "L"
    page = FPDF(format="A4")
    page.set_margin(MARGIN_MM)
    page.set_title(receipt.title)
    page.set_creator("MLID Desktop")
    fonts = Path(get_data_path()) / "fonts" / "ttf"
    for style, file in FONTS.items():
        page.add_font(FAMILY, style, fonts / file)
    page.set_text_shaping(use_shaping_engine=True, direction="rtl" if language.right_to_left else "ltr")
    page.add_page()

    def write(text: str, size: int, style: str = "", colour: tuple[int, int, int] = INK) -> None:
        page.set_font(FAMILY, style, size)
        page.set_text_color(*colour)
        page.multi_cell(WIDTH_MM, LINE_MM * size / TEXT_PT, text, align=align, new_x="LMARGIN", new_y="NEXT")

    write(receipt.title, HEAD_PT, colour=MUTED)
    write(receipt.name, TITLE_PT, "B")
    write(receipt.number, HEAD_PT)
    for section in receipt.sections:
        page.ln(LINE_MM / 2)
        page.set_draw_color(*RULE)
        page.line(MARGIN_MM, page.get_y(), MARGIN_MM + WIDTH_MM, page.get_y())
        page.ln(LINE_MM / 2)
        write(section.title, HEAD_PT, "B")
        for name, value in section.rows:
            ends = f"{name}: {value}"
            write(ends, TEXT_PT)
        if section.text:
            write(section.text, TEXT_PT, colour=MUTED)
    return bytes(page.output())
