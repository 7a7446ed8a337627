"""The receipt of an enrolment: what was captured, best fingers first, and what was not, with its reason."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

import fpdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentOutcome, Details, ExceptionReason
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.documents.pdf import QUIET_ZONE, SIZES, Paper, _finished, _rendered, render_pdf, write_sheet
from mlid_desktop.station.documents.receipt import receipt_sheet
from mlid_desktop.station.text.language import Language, open_language
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from tests.makers import ENROLLED, INDEX, calibrations, evidence, policy

ENGLISH = open_language(Path("nowhere"), "en")
THUMB = Characteristic(Modality.FINGERPRINT, FingerPosition.LEFT_THUMB)
RING = Characteristic(Modality.FINGERPRINT, FingerPosition.LEFT_RING)


@pytest.fixture
def session() -> EnrolmentSession:
    """A voice, a face and two fingers, and one finger that is not there."""
    made = EnrolmentSession("subject", policy(), calibrations(), Circumstances("enrolment", demo=False, attested=True))
    consent = Consent(ConsentOutcome.ACCEPTED, "1-abc", "en", ENROLLED, "Eve Low")
    made = made.advance(events.ConsentAnswered(consent)).advance(events.DetailsEntered(Details("1001", "Ada Low")))
    for characteristic, quality in ((THUMB, 55), (INDEX, 90), (VOICE, 95), (FACE, 70)):
        made = made.advance(events.CaptureStarted(characteristic))
        for _ in range(12):
            made = made.advance(evidence(characteristic=characteristic, quality=quality))
        made = made.advance(events.CaptureKept())
    return made.advance(events.CaptureSkipped(CaptureException(RING, ExceptionReason.BANDAGED)))


def test_fingers_stand_by_quality_and_what_is_missing_has_its_reason(session: EnrolmentSession) -> None:
    receipt = receipt_sheet(session, ENROLLED, ENGLISH)
    sections = {section.title: section.rows for section in receipt.sections}
    assert [name for name, _ in sections["What was captured"]] == [
        "Face",
        "Finger (right index)",
        "Finger (left thumb)",
        "Voice",
    ]
    assert sections["Not captured"] == (("Finger (left ring)", "bandaged"),)
    assert ("Agreed by", "Eve Low") in sections["Enrolment"]
    assert {"Why", "How long", "Who sees it", "Your choice"} <= sections.keys()


def test_the_page_is_a_pdf_that_its_owner_alone_may_read(session: EnrolmentSession, tmp_path: Path) -> None:
    write_sheet(tmp_path / "receipt.pdf", receipt_sheet(session, ENROLLED, ENGLISH), ENGLISH)
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF-")
    assert [path.name for path in tmp_path.iterdir()] == ["receipt.pdf"]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "receipt.pdf").stat().st_mode) == 0o600


def test_names_are_written_in_any_script(session: EnrolmentSession, tmp_path: Path) -> None:
    import gettext

    arabic = Language("ar", gettext.NullTranslations())
    receipt = receipt_sheet(session, ENROLLED, arabic)
    write_sheet(tmp_path / "receipt.pdf", receipt, arabic)
    assert (tmp_path / "receipt.pdf").stat().st_size > 1000


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(session: EnrolmentSession, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as fault:
        write_sheet(tmp_path / "no" / "receipt.pdf", receipt_sheet(session, ENROLLED, ENGLISH), ENGLISH)
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE


@pytest.mark.parametrize(("code", "paper"), [("fr", Paper.A4), ("ar", Paper.A5), ("en", Paper.ROLL)])
def test_a_receipt_stands_on_one_page_of_any_paper_and_says_who_asks(
    session: EnrolmentSession, code: str, paper: Paper
) -> None:
    language = open_language(resource_folder() / "translations", code)
    asking = Organisation("Riverside Clinic", "12 River Street, 0123 456 789", "at this desk, or in writing")
    receipt = receipt_sheet(session, ENROLLED, language, "0123456789abcdef" * 2, asking.paragraph(language))
    assert any("Riverside Clinic" in section.text for section in receipt.sections)
    assert len(re.findall(rb"/Type /Page\b", render_pdf(receipt, language, paper))) == 1


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("code", ["en", "ar"])
def test_no_rule_is_drawn_through_the_white_around_the_code(
    session: EnrolmentSession, monkeypatch: pytest.MonkeyPatch, code: str, paper: Paper
) -> None:
    lines: list[tuple[float, float, float, float]] = []
    squares: list[tuple[float, float, float]] = []
    page = fpdf.FPDF
    monkeypatch.setattr(page, "line", lambda _page, *ends: lines.append(ends))
    monkeypatch.setattr(page, "rect", lambda _page, x, y, w, _h, style: squares.append((x, y, w)))
    language = open_language(resource_folder() / "translations", code)
    sheet = receipt_sheet(session, ENROLLED, language, "0123456789abcdef" * 2)
    _finished(_rendered(sheet, language, SIZES[paper], 0.8))  # which closes its fonts
    module = squares[0][2]
    white = QUIET_ZONE * module - 1e-6
    left, top = min(x for x, _, _ in squares) - white, min(y for _, y, _ in squares) - white
    right, bottom = max(x for x, _, _ in squares) + module + white, max(y for _, y, _ in squares) + module + white
    assert lines
    assert not [(x, y) for x, y, end, _ in lines if top + white < y < bottom and x < right and end > left]


@given(st.text(max_size=250), st.text(max_size=250), st.text(max_size=250))
def test_whatever_is_said_of_an_organisation_is_kept_or_refused(name: str, contact: str, withdrawal: str) -> None:
    try:
        said = Organisation(name, contact, withdrawal)
    except ValueError:
        return
    head, body = said.paragraph(ENGLISH)
    assert bool(head) == bool(body) == bool(said.name or said.contact or said.withdrawal)
