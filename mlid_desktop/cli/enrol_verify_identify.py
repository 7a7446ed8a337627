"""The commands ``mlid enrol``, ``mlid verify`` and ``mlid identify``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import json_documents, options
from mlid_desktop.cli.attempt_results import (
    candidates_by_identifier,
    portrait_choice,
    report_enrolment,
    report_refusal,
    write_receipt,
)
from mlid_desktop.cli.capture_progress import capture_progress
from mlid_desktop.cli.challenge_wishes import CannotOption, MoreTimeOption, challenge_wishes
from mlid_desktop.cli.context import EXIT_NOT_HANDED_OUT, Program, UnlockedProgram, leave
from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import (
    CaptureException,
    Consent,
    ConsentOutcome,
    Details,
    ExceptionReason,
)
from mlid_desktop.station.services.enrolment import EnrolmentRequest
from mlid_desktop.station.services.identification import ConfirmedCandidate
from mlid_desktop.station.text.consent_texts import consent_text, record_answer
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.results import not_compared_text
from mlid_desktop.station.text.terms import REASONS
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.events import CandidatesReviewed, ReviewOutcome

WithoutMovementsOption = Annotated[
    bool,
    typer.Option("--without-movements", help=_("The person asks to be checked without movements of head and face.")),
]
NumberOption = Annotated[str, typer.Option("--number", help=_("Number that finds the person again."))]


def enrol(
    vault: options.VaultOption,
    number: NumberOption,
    name: Annotated[str, typer.Option("--name", help=_("The person's name, as they write it."))],
    consent: Annotated[ConsentOutcome, typer.Option("--consent", help=_("What the person said to the consent text."))],
    face: options.FaceOption = None,
    finger: options.FingerOption = None,
    voice: options.VoiceOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    field: options.FieldOption = None,
    guardian: Annotated[str, typer.Option("--guardian", help=_("Who agreed in the person's place."))] = "",
    consent_reason: Annotated[str, typer.Option("--consent-reason", help=_("Reason given with the answer."))] = "",
    portrait: options.PortraitOption = False,
    skip_finger: Annotated[
        list[str] | None,
        typer.Option("--skip-finger", help=_("A finger that is not there, such as left-thumb=missing.")),
    ] = None,
    duplicate: Annotated[
        ReviewOutcome | None, typer.Option("--duplicate", help=_("What a person said after comparing the candidates."))
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help=_("Reason for the outcome of the review."))] = "",
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help=_("Write the person's receipt to this PDF."))
    ] = None,
    force: options.ForceOption = False,
    attest: options.AttestOption = False,
    without_movements: WithoutMovementsOption = False,
    more_time: MoreTimeOption = False,
    cannot: CannotOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Enrol a person."""
    program = Program.start(as_json=as_json)
    addresses = options.read_sources(face, finger, voice)
    if receipt is not None:
        inputs = (passphrase_file, second_passphrase_file, *addresses.values())
        options.require_output(receipt, *inputs, replace=force)
    details = _details(number, name, without_movements=without_movements)
    typed = options.read_fields(field)
    exceptions = _exceptions(skip_finger)
    review = None if duplicate is None else _review(duplicate, reason)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        sources, camera = unlocked.open_sources(addresses), unlocked.open_watching_camera(addresses)
        if not sources and consent is ConsentOutcome.ACCEPTED:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--face, --finger, --voice")
        confirmed = None
        if duplicate is ReviewOutcome.DIFFERENT:
            confirmed = unlocked.require_second(Act.DECIDE_SEARCH, second, second_passphrase_file)
        if typed:
            details = replace(details, fields=unlocked.session.site_fields.values(typed))
        agreed = _consent(consent, unlocked, guardian, consent_reason, portrait=portrait)
        with (
            capture_progress(program.output, program.language.text("Enrolling")) as publish,
            challenge_wishes(program.output, more_time=more_time, cannot=cannot) as wishes,
        ):
            request = EnrolmentRequest(details, agreed, sources, exceptions, review, attest, confirmed, wishes, camera)
            unlocked.session.galleries.progress = publish.show_gallery
            session = unlocked.session.enrolment.enrol(request, wishes.follow(publish))
        missing = receipt is not None and session.stage is EnrolmentStage.SAVED
        if receipt is not None and missing:
            missing = not write_receipt(unlocked, receipt, session, replace=force)
        report_enrolment(unlocked, session)
        if missing:
            leave(EXIT_NOT_HANDED_OUT)


def verify(
    vault: options.VaultOption,
    number: NumberOption,
    face: options.FaceOption = None,
    finger: options.FingerOption = None,
    voice: options.VoiceOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    attest: options.AttestOption = False,
    without_movements: Annotated[
        bool | None,
        typer.Option(
            "--without-movements/--with-movements",
            help=_("Fingers, compared more strictly and confirmed by a second person, in place of the face."),
        ),
    ] = None,
    instead: options.InsteadOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    more_time: MoreTimeOption = False,
    cannot: CannotOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check that a person is who they were enrolled as."""
    program = Program.start(as_json=as_json)
    addresses = options.read_sources(face, finger, voice)
    if not addresses:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--face, --finger, --voice")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        service = unlocked.session.verification
        confirmed = None
        if second is not None:
            confirmed = unlocked.require_second(Act.ACCEPT_WITHOUT_MOVEMENTS, second, second_passphrase_file)
        with (
            capture_progress(program.output, program.language.text("Checking")) as publish,
            challenge_wishes(program.output, more_time=more_time, cannot=cannot) as wishes,
        ):
            session = service.verify(
                number,
                unlocked.open_sources(addresses),
                wishes.follow(publish),
                attested=attest,
                without_movements=without_movements,
                second=confirmed,
                interventions=wishes,
                instead=instead,
                camera=unlocked.open_watching_camera(addresses),
            )
        if session.decision is None:
            leave(json_documents.EXIT_CODES[Verdict.INCONCLUSIVE])
        person = unlocked.session.subjects.by_number(number)
        attempts, missing = service.attempts(person), unlocked.session.site_fields.missing(person)
        lines = json_documents.decision_lines(session.decision, attempts, program.language)
        if missing:
            asked = ", ".join(known.label(program.language.code) for known in missing)
            lines.append(program.language.text("To be asked for at the next visit: {fields}", fields=asked))
        document = json_documents.decision_document(session.decision, attempts, unlocked.operator)
        program.output.result(document | {"asked_at_next_visit": [known.name for known in missing]}, lines)
        leave(json_documents.EXIT_CODES[session.decision.verdict])


def identify(
    vault: options.VaultOption,
    face: options.FaceOption = None,
    finger: options.FingerOption = None,
    same: Annotated[
        str | None, typer.Option("--same", help=_("Number of the candidate who the person is; said by two."))
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help=_("Reason for the outcome of the review."))] = "",
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    more_time: MoreTimeOption = False,
    cannot: CannotOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Search among all who are enrolled; candidates are for review."""
    program = Program.start(as_json=as_json)
    addresses = options.read_sources(face, finger)
    if len(addresses) != 1:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--face | --finger")
    if same is not None and not reason.strip():
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--reason")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        said = None
        if same is not None:
            confirmed = unlocked.require_second(Act.DECIDE_SEARCH, second, second_passphrase_file)
            said = ConfirmedCandidate(unlocked.session.subjects.by_number(same).subject_id, reason, confirmed)
        ((characteristic, source),) = unlocked.open_sources(addresses).items()
        with (
            capture_progress(program.output, program.language.text("Searching")) as publish,
            challenge_wishes(program.output, more_time=more_time, cannot=cannot) as wishes,
        ):
            searching, unlocked.session.galleries.progress = unlocked.session.identification, publish.show_gallery
            session = searching.identify(characteristic, source, said, wishes.follow(publish), wishes)
        if session.found is None:
            reason = session.reason or Reason.NO_USABLE_CAPTURE
            report_refusal(unlocked, session.verdict, REASONS[reason], {"reasons": [reason.value]})
        else:
            people = candidates_by_identifier(unlocked, session.found)
            program.output.table(
                {"verdict": None, "same": same}
                | json_documents.candidates_document(session.found, people, unlocked.operator),
                [program.language.text(head) for head in (_("Number"), _("Name"), _("Rating"), _("By"), _("Meaning"))],
                json_documents.candidate_rows(session.found, people, program.language),
                program.language.text("Nobody similar is enrolled here."),
            )
            missed = not_compared_text(session.found, program.language)
            if missed:
                program.output.note(missed)


def _details(number: str, name: str, *, without_movements: bool) -> Details:
    try:
        return Details(number, name, without_movements)
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--number, --name") from None


def _consent(
    outcome: ConsentOutcome, unlocked: UnlockedProgram, guardian: str, reason: str, *, portrait: bool
) -> Consent:
    guardian, reason = options.read_words(guardian, "--guardian"), options.read_words(reason, "--consent-reason")
    text, chosen = consent_text(unlocked.program.language), portrait_choice(unlocked, chosen=portrait)
    return record_answer(text, outcome, unlocked.session.now(), guardian, reason, portrait=chosen)


def _exceptions(items: list[str] | None) -> tuple[CaptureException, ...]:
    found = []
    for item in items or ():
        name, _separator, why = item.partition("=")
        try:
            finger = Characteristic(Modality.FINGERPRINT, FingerPosition(name))
            found.append(CaptureException(finger, ExceptionReason(why)))
        except ValueError:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--skip-finger {item}") from None
    return tuple(found)


def _review(outcome: ReviewOutcome, reason: str) -> CandidatesReviewed:
    if not reason.strip():
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--reason")
    return CandidatesReviewed(outcome, reason)
