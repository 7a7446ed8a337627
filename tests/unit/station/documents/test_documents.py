"""Papers: the certificate of an erasure, the day's report with its code, what is kept about a person."""

from __future__ import annotations

import gettext
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np
import segno

from mlid_desktop.domain.audit import AuditEntry, Checkpoint
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.subjects import (
    BackupCopy,
    ConsentOutcome,
    Details,
    Erased,
    ErasureReason,
    LedgerEntry,
    SubjectRecord,
    SubjectSummary,
    Withdrawal,
)
from mlid_desktop.station.administration.audit_reports import checkpoint_characters
from mlid_desktop.station.documents.day_report import day_report, entries_of_day
from mlid_desktop.station.documents.erasure_certificate import erasure_certificate
from mlid_desktop.station.documents.pdf import PaperSection, PaperSheet, render_pdf, write_sheet
from mlid_desktop.station.documents.subject_access import access_document, access_document_bytes, access_sheet
from mlid_desktop.station.text.consent_texts import consent_text, record_answer
from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.request_log import TakenRequest
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord
from mlid_desktop.vault.unlocked.enrolled.requests_about_people import AnsweredRequest
from mlid_desktop.vault.unlocked.subject_rights import Holdings
from tests.makers import ENROLLED

ENGLISH = Language("en", gettext.NullTranslations())
ADA = SubjectSummary("aa" * 16, "1001", "Ada Low", ENROLLED, (FACE,))
POINT = Checkpoint("ab" * 16, True, ENROLLED, 12, bytes(32), 99, ENROLLED, bytes([1]) * 32, bytes([2]) * 64)


def words(sheet: PaperSheet) -> str:
    return " ".join(
        " ".join((section.title, section.text, *(f"{name}: {value}" for name, value in section.rows)))
        for section in sheet.sections
    )


def entry(sequence: int, event: str, **facts: str) -> AuditEntry:
    return AuditEntry(sequence, ENROLLED + timedelta(minutes=sequence), event, {"operator": "sup", **facts})


def test_a_certificate_says_what_is_gone_and_which_backups_may_hold_it(tmp_path: Path) -> None:
    erased = Erased(
        LedgerEntry(4, ADA.subject_id, ENROLLED, ErasureReason.WITHDRAWN),
        (BackupCopy("cd" * 16, ENROLLED, "/mnt/stick/monday"),),
    )
    sheet = erasure_certificate(ADA, erased, "ab" * 16, ENGLISH)
    said = words(sheet)
    assert (sheet.name, sheet.number) == ("Ada Low", "No. 1001")
    assert "Reason: consent withdrawn" in said
    assert "/mnt/stick/monday" in said
    assert ADA.subject_id in said
    write_sheet(tmp_path / "paper.pdf", sheet, ENGLISH)
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF-")
    none = erasure_certificate(ADA, Erased(erased.entry, ()), "ab" * 16, ENGLISH)
    assert "None that this program made" in words(none)


def test_the_days_report_counts_and_carries_the_checkpoint() -> None:
    entries = [
        entry(1, "verification.decided", verdict="accepted"),
        entry(2, "verification.decided", verdict="rejected"),
    ]
    of_day = entries_of_day(
        [*entries, AuditEntry(3, ENROLLED + timedelta(days=3), "vault.unlocked", {})], ENROLLED.date()
    )
    assert of_day == tuple(entries)
    sheet = day_report(of_day, ENROLLED.date(), POINT, checkpoint_characters(POINT), ENGLISH)
    assert "verification.decided / accepted: 1" in words(sheet)
    assert "sup: 2" in words(sheet)
    (code,) = [section.code for section in sheet.sections if section.code]
    assert json.loads(code)["sequence"] == 12
    assert render_pdf(sheet, ENGLISH).startswith(b"%PDF-")
    nothing = day_report((), date(2026, 1, 1), POINT, checkpoint_characters(POINT), ENGLISH)
    assert nothing.number == "No entry"


def test_the_code_on_paper_reads_back_as_the_checkpoint() -> None:
    characters = checkpoint_characters(POINT)
    matrix = np.array([list(line) for line in segno.make(characters, error="m", micro=False, boost_error=False).matrix])
    small = np.pad((1 - matrix.astype(np.uint8)) * 255, 4, constant_values=255).astype(np.uint8)
    picture = cv2.resize(small, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    read, _points, _straight = cv2.QRCodeDetector().detectAndDecode(picture)
    assert read == characters


def held() -> Holdings:
    consent = record_answer(consent_text(ENGLISH), ConsentOutcome.ACCEPTED, ENROLLED, "Eve Low")
    record = SubjectRecord(
        ADA.subject_id, Details("1001", "Ada Low"), consent, (), ENROLLED, Withdrawal(ENROLLED, "", "moved"), (consent,)
    )
    entries = (
        entry(1, "enrolment.saved", subject=ADA.subject_id),
        entry(2, "verification.decided", verdict="accepted"),
    )
    asked = TakenRequest("c" * 32, "a" * 32, RequestKind.VERIFY, "digest", "accepted", ENROLLED, ADA.subject_id)
    attempts, revoked = AttemptRecord(0, None, clock_set_back=False), replace(asked, caller_id="d" * 32)
    answered = (AnsweredRequest("Clinic", asked), AnsweredRequest("", revoked))
    return Holdings(record, (), ENROLLED.date(), attempts, entries, answered=answered)


def test_what_is_kept_is_told_whole_with_the_words_that_were_agreed_to() -> None:
    told = access_document(held(), ENROLLED)
    assert told["consent"]["text"][0]["head"] == "What is collected"
    assert told["withdrawal"]["reason"] == "moved"
    assert len(told["earlier_consents"]) == 1
    assert told["what_was_done"][1]["facts"] == {"verdict": "accepted"}
    assert json.loads(access_document_bytes(held(), ENROLLED)) == told
    assert "sup" not in str(told["what_was_done"])
    assert [answer["program"] for answer in told["answers_to_other_programs"]] == ["Clinic", ""]
    sheet = access_sheet(held(), ENGLISH)
    assert "Clinic / verify / accepted" in words(sheet)
    assert f"{'d' * 32} / verify / accepted" in words(sheet)
    assert "Withdrawn on" in words(sheet)
    assert sheet.name == "Ada Low"


def test_names_on_papers_are_in_no_text_of_objects() -> None:
    assert "Ada" not in repr(held())
    assert "Ada" not in repr(PaperSheet("x", "Ada Low", "1001", (PaperSection("y"),)))
