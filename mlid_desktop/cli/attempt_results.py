"""What the commands of enrolment, verification and identification print of an attempt, and the receipt they write."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from mlid_desktop.cli import json_documents
from mlid_desktop.cli.context import UnlockedProgram, handed_out, leave
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.station.services.enrolment import outcome_reason
from mlid_desktop.station.text.results import not_compared_text
from mlid_desktop.station.text.terms import REASONS, VERDICTS
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.events import CandidatesFound


def write_receipt(unlocked: UnlockedProgram, path: Path, session: EnrolmentSession, *, replace: bool) -> bool:
    """Writes the receipt of an enrolment, and returns whether that succeeded; letters that no font here has are
    named."""
    from mlid_desktop.station.documents.fonts import unprintable  # noqa: PLC0415 - late: start-up
    from mlid_desktop.station.documents.pdf import write_sheet  # noqa: PLC0415 - late: start-up
    from mlid_desktop.station.documents.receipt import receipt_sheet  # noqa: PLC0415 - late: start-up

    program = unlocked.program
    organisation = unlocked.session.administration.organisation(program.station.settings)
    asking = organisation.paragraph(program.language)
    sheet = receipt_sheet(session, unlocked.session.now(), program.language, organisation=asking)
    if unprintable(sheet.name):
        program.output.note(
            program.language.text(
                "No font on this machine has all letters of the name: on the receipt the number stands large instead. "
                "Install the Noto fonts of this writing system."
            )
        )
    return handed_out(program, lambda: write_sheet(path, sheet, program.language, replace=replace))


def portrait_choice(unlocked: UnlockedProgram, *, chosen: bool) -> bool:
    """The person's choice of a portrait, where this site keeps any; else it is not asked, and a choice is not noted."""
    kept = unlocked.session.policy.keeps_portraits
    if chosen and not kept:
        unlocked.program.output.note(
            unlocked.program.language.text("The policy of this vault keeps no portraits: the choice is not noted.")
        )
    return chosen and kept


def report_enrolment(unlocked: UnlockedProgram, session: EnrolmentSession) -> None:
    """Prints how an enrolment ended; one that was refused ends the program with the exit code of its verdict."""
    captures = [json_documents.capture_document(capture, unlocked.operator) for capture in session.kept.values()]
    if session.capture is not None:
        captures.append(json_documents.capture_document(session.capture, unlocked.operator))
    reason = outcome_reason(session)
    if reason is not None:
        document: dict[str, Any] = {"reasons": [reason.value], "captures": captures}
        if session.found is not None and session.found.candidates:
            people = candidates_by_identifier(unlocked, session.found)
            document |= json_documents.candidates_document(session.found, people, unlocked.operator)
        verdict = Verdict.REJECTED if session.refused_outright else Verdict.INCONCLUSIVE
        report_refusal(unlocked, verdict, REASONS[reason], document)
    language = unlocked.program.language
    number = "" if session.details is None else session.details.number
    found = CandidatesFound((), 0, 0.0) if session.found is None else session.found
    said = not_compared_text(found, language)
    unlocked.program.output.result(
        {
            "verdict": Verdict.ACCEPTED.value,
            "reasons": [],
            "number": number,
            "captures": captures,
            "not_compared": found.not_compared,
            "without_model": found.without_model,
        },
        [language.text("Enrolled as number {number}.", number=number), *([said] if said else [])],
    )


def report_refusal(
    unlocked: UnlockedProgram, verdict: Verdict | None, words: tuple[str, str], document: dict[str, Any]
) -> NoReturn:
    """Prints a refusal in ``words`` and with ``document``, and ends the program with the exit code of the verdict; None
    is inconclusive."""
    shown = Verdict.INCONCLUSIVE if verdict is None else verdict
    language = unlocked.program.language
    why = " ".join(language.text(part) for part in words if part)
    head = language.text(VERDICTS[shown]).upper()
    unlocked.program.output.result({"verdict": shown.value} | document, [head, why])
    leave(json_documents.EXIT_CODES[shown])


def candidates_by_identifier(unlocked: UnlockedProgram, found: CandidatesFound) -> dict[str, SubjectSummary]:
    """The candidates of a search, by identifier."""
    return unlocked.session.subjects.people({candidate.subject_id for candidate in found.candidates})
