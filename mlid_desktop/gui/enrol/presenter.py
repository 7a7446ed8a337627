"""What the enrol page shows of an enrolment: its steps, what is to be captured, the review."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.subjects import NAME_MAX_LENGTH, NUMBER_MAX_LENGTH, Details, ExceptionReason, SubjectSummary
from mlid_desktop.domain.text import is_seen, is_shown, tidy, tidy_number
from mlid_desktop.gui.capture.presenter import captured_picture, thumbnail_of
from mlid_desktop.gui.page.reason_text import reason_text
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.people_index import PeopleIndex
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.site_fields.schema import Shown
from mlid_desktop.station.drafts.enrolment_draft import worth_keeping
from mlid_desktop.station.text.challenge_terms import attack_text
from mlid_desktop.station.text.consent_texts import left_out_words, portrait_words
from mlid_desktop.station.text.language import Language, isolate_direction
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.results import not_compared_text
from mlid_desktop.station.text.terms import (
    EXCEPTIONS,
    FINGERS,
    MODALITIES,
    REASONS,
    SOURCES,
    characteristic_name,
    exceptions_text,
)
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import (
    fingers_done,
    fingers_skipped,
    left_open,
    modalities_absent,
    modalities_declined,
)
from mlid_desktop.workflow.enrolment_steps import FINGERS_ASKED, ORDER, STEPS, EnrolmentStage, EnrolmentStep
from mlid_desktop.workflow.records.portrait_frame import portrait_frame

LEFT_HAND: Final = tuple(reversed([each for each in FingerPosition if each.is_left]))  # the little finger first
RIGHT_HAND: Final = tuple(each for each in FingerPosition if not each.is_left)
HANDS: Final = LEFT_HAND + RIGHT_HAND  # as they lie on the desk, seen from the back: keys 1 to 9 and 0

MOST_NAMESAKES = 3  # are listed by number


class FingerState:
    """States of a finger in the diagram."""

    EMPTY: Final = "empty"
    CAPTURED: Final = "captured"
    EXCEPTION: Final = "exception"


@dataclass(frozen=True, slots=True)
class FingerMark:
    """One finger of the diagram: ``figure`` is the quality or the word of the exception, ``word`` the whole state."""

    position: FingerPosition
    key: str
    name: str
    state: str
    figure: str
    word: str = ""

    @property
    def spoken(self) -> str:
        """Name and state of the finger for screen readers."""
        said = self.word or self.figure
        return f"{self.name}: {said}" if said else self.name


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One kept capture, or one exception, in the review; ``attempts`` is how many can be looked at, of the
    ``characteristic``."""

    title: str
    lines: tuple[str, ...]
    quality: int
    tone: Tone
    picture: Image | None = field(repr=False)
    attempts: str = ""
    characteristic: Characteristic | None = None
    capture: Modality | None = None  # of what is missing without a reason
    repair: Modality | None = None  # of what has one, and may be captured after all
    declined: bool = False  # whether that is what the person does not want
    absent: Modality | None = None  # of what no device was there for, and may be captured once it is
    icon: str = "quiet"  # where there is no picture


@dataclass(frozen=True, slots=True)
class ReviewScreen:
    """Everything of an enrolment that will be saved; ``face`` is cut like a portrait, ``portrait`` says whether it is
    kept as one."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    consent: str
    duplicates: str
    rows: tuple[ReviewRow, ...]
    fault: str
    needs_attestation: bool
    absent: tuple[Modality, ...] = ()  # passed by for want of a device or model: offered once it is there
    face: Image | None = field(default=None, repr=False)
    portrait: str = ""
    missing: tuple[Modality, ...] = ()  # without a reason on record
    incomplete: str = ""


def progress_text(step: EnrolmentStep, language: Language) -> str:
    """The progress of an enrolment, such as ``step 3 of 8``."""
    return language.text("step {number} of {count}", number=ORDER.index(step) + 1, count=len(ORDER))


def steps_screen(
    session: EnrolmentSession | None, step: EnrolmentStep, language: Language
) -> tuple[tuple[str, ...], int, str, frozenset[int]]:
    """The steps of an enrolment by name, which one it has come to, that in words, and those of which nothing was
    captured; none of what has ended without being saved."""
    over, text = step is EnrolmentStep.ENDED, language.text
    if over and (session is None or session.stage is not EnrolmentStage.SAVED):
        return (), 0, "", frozenset()
    names = (
        *(text("Consent"), text("Details"), text("Face"), text("Fingers"), text("Voice")),
        *(text("Duplicates"), text("Review"), text("Saved")),
    )
    captured = {characteristic.modality for characteristic in session.kept} if session is not None else set()
    nothing = (ORDER.index(at) for at in ORDER if (made := STEPS[at].modality) is not None and made not in captured)
    return names, len(names) if over else ORDER.index(step), progress_text(step, language), frozenset(nothing)


def standing_text(session: EnrolmentSession | None, step: EnrolmentStep, language: Language) -> tuple[str, str]:
    """How an enrolment stands, for the header of its steps, and its icon: that it can be taken up again where it is
    left."""
    if session is None or step is EnrolmentStep.ENDED or not worth_keeping(session):
        return "", ""
    return language.text("Unfinished, kept until tomorrow"), "clock"


def person_text(details: Details, language: Language) -> str:
    """Who a step is of, for its header: name and number."""
    number = language.text("No. {number}", number=details.number)
    return f"{isolate_direction(details.name)} · {number}"


def number_fault(number: str, language: Language) -> str:
    """What is wrong with a number as typed; empty where nothing is."""
    return _text_fault(tidy_number(number), NUMBER_MAX_LENGTH, language.text("A number is needed."), language)


def name_fault(name: str, language: Language) -> str:
    """What is wrong with a name as typed; empty where nothing is."""
    return _text_fault(tidy(name), NAME_MAX_LENGTH, language.text("A name is needed."), language)


def _text_fault(tidied: str, most: int, needed: str, language: Language) -> str:
    if not is_seen(tidied):
        return needed
    if len(tidied) > most:
        return language.text("At most {number} characters.", number=most)
    return "" if is_shown(tidied) else language.text("Only characters that can be printed.")


def taken_fault(number: str, people_index: PeopleIndex, language: Language) -> str:
    """What is said while a number is typed that somebody has already."""
    return language.text("This number belongs to somebody who is enrolled.") if people_index.has_number(number) else ""


def alike_text(name: str, people_index: PeopleIndex, language: Language) -> str:
    """What is said while a name is typed that people who are enrolled have. Two people may well share one."""
    namesakes = people_index.called(name)
    if not namesakes:
        return ""
    listed = ", ".join(namesake.number for namesake in namesakes[:MOST_NAMESAKES])
    more = ", …" if len(namesakes) > MOST_NAMESAKES else ""
    return language.text(
        "Enrolled under this name already: No. {numbers}. Is it the same person?", numbers=listed + more
    )


def finger_marks(
    session: EnrolmentSession, language: Language, reading: FingerPosition | None = None
) -> tuple[FingerMark, ...]:
    """The marks of the ten fingers, from the left little to the right little one; ``reading`` is being captured."""
    skipped = {exception.characteristic.position: exception.reason for exception in session.exceptions}
    done, asked = fingers_done(session)
    open_word = language.text("to do") if done < asked else language.text("can be added")
    marks = []
    for index, position in enumerate(HANDS):
        kept = session.kept.get(Characteristic(Modality.FINGERPRINT, position))
        state, figure, word = FingerState.EMPTY, "", open_word
        if kept is not None and kept.best is not None:
            state, figure = FingerState.CAPTURED, str(kept.best.quality)
            word = language.text("taken, quality {value} of 100", value=kept.best.quality)
        elif position in skipped:
            state, figure = FingerState.EXCEPTION, language.text(EXCEPTIONS[skipped[position]])
            word = figure
        if position is reading:
            word = language.text("being read")
        name = language.text(FINGERS[position])
        marks.append(FingerMark(position, str((index + 1) % 10), name, state, figure, word))
    return tuple(marks)


def next_finger(session: EnrolmentSession) -> FingerPosition:
    """The finger to offer first to the person: indices and thumbs give the best prints."""
    order = (*FINGERS_ASKED, FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB, *HANDS)
    done = {kept.position for kept in session.kept} | {
        told.characteristic.position
        for told in session.exceptions
        if told.reason is not ExceptionReason.DEVICE_ABSENT  # what the desk could not do it may do now
    }
    return next((position for position in order if position not in done), order[0])


def fingers_text(session: EnrolmentSession, language: Language) -> str:
    """How many fingers are done of how many, and how many of those were skipped; empty where none is asked for."""
    done, asked = fingers_done(session)
    if not asked:
        return ""
    skipped = fingers_skipped(session)
    if skipped:
        total = asked + skipped
        return language.text("{done} done, {skipped} skipped, of {asked}", done=done, skipped=skipped, asked=total)
    return language.text("{done} of {asked} done", done=done, asked=asked)


def review_screen(session: EnrolmentSession, language: Language) -> ReviewScreen:
    """The review of an enrolment: every sample, quality and exception."""
    details, consent = session.details, session.consent
    if details is None or consent is None:
        raise ValueError("a review comes after consent and details")
    refused = modalities_declined(session)
    covered = ", ".join(language.text(MODALITIES[each]) for each in Modality if each not in refused)
    agreed = language.text("Consent given on {date}: {what}", date=language.date(consent.given_at), what=covered)
    if consent.guardian:
        agreed = language.text("{consent}, by {guardian}", consent=agreed, guardian=consent.guardian)
    kept = portrait_words(consent, language)
    left_out = left_out_words(consent, language)
    left_out = language.text("left out by the person: {names}", names=left_out) if left_out else ""
    declined = ", ".join(language.text(MODALITIES[each]) for each in refused if each not in session.left_out)
    declined = language.text("declined: {names}", names=declined) if declined else ""
    agreed = " · ".join(part for part in (agreed, left_out, declined, kept) if part)
    missing = left_open(session)
    what = ", ".join(language.text(MODALITIES[modality]) for modality in missing)
    incomplete = language.text("Not complete: {what}. Capture it now, or go back and give the reason.", what=what)
    rows = [row for modality in Modality for row in _rows_of(modality, session, missing, language)]
    rows += _recorded(session, details, language)
    return ReviewScreen(
        name=details.name,
        number=language.text("No. {number}", number=details.number),
        consent=agreed,
        duplicates=_duplicates(session, language),
        rows=tuple(rows),
        fault="" if session.reason is None else reason_text(session.reason, language),
        needs_attestation=session.needs_attestation,
        absent=modalities_absent(session),
        face=_face(session),
        portrait=_portrait(session, language),
        missing=missing,
        incomplete=incomplete if missing else "",
    )


def _recorded(session: EnrolmentSession, details: Details, language: Language) -> list[ReviewRow]:
    """What is recorded in the site's own fields, for the person to look through."""
    rows = session.agreed_fields.rows(details.fields, Shown.DETAILS, language.code, language.day)
    lines = tuple(f"{name}: {isolate_direction(value)}" for name, value in rows)
    return [ReviewRow(language.text("Recorded besides"), lines, -1, Tone.NEUTRAL, None)] if lines else []


def _rows_of(
    modality: Modality, session: EnrolmentSession, missing: Collection[Modality], language: Language
) -> list[ReviewRow]:
    """What was captured of a modality, what was not and why, and what is missing without a reason."""
    rows = [_kept_row(kept, session, language) for kept in session.kept if kept.modality is modality]
    icon = facts_of(modality).terms.icon
    told = [exception for exception in session.exceptions if exception.characteristic.modality is modality]
    for reason in dict.fromkeys(exception.reason for exception in told):
        final = reason is ExceptionReason.DEVICE_ABSENT or modality in session.left_out
        alike = [exception for exception in told if exception.reason is reason]
        repair = None if final else modality
        for title, said in exceptions_text(alike, language):
            line = language.text("Not captured: {reason}", reason=said)
            declined = reason is ExceptionReason.DECLINED
            absent = modality if reason is ExceptionReason.DEVICE_ABSENT else None
            rows.append(
                ReviewRow(
                    title, (line,), -1, Tone.NEUTRAL, None, repair=repair, declined=declined, absent=absent, icon=icon
                )
            )
    if modality in missing:
        title, line = language.text(MODALITIES[modality]), _left_text(modality, session, language)
        rows.append(ReviewRow(title, (line,), -1, Tone.INCONCLUSIVE, None, capture=modality, icon="triangle"))
    return rows


def _left_text(modality: Modality, session: EnrolmentSession, language: Language) -> str:
    """What is said of a modality of which less was captured than is asked for."""
    if modality is Modality.FINGERPRINT and fingers_done(session)[0]:
        return fingers_text(session, language)
    return language.text("Not captured, and no reason was given")


def second_question(language: Language, known: SubjectSummary | None) -> tuple[str, str, tuple[str, str] | None]:
    """What a second person is asked before somebody similar to another, or somebody ``known``, is saved, and whom that
    is about."""
    text = language.text
    if known is not None:
        why = text("What was kept is replaced. A second person looks whether it is the same person, and confirms it.")
        return text("Enrolled again?"), why, about_person(known, language, named=True)
    why = text("A second person compares the two as well, and confirms it with a passphrase.")
    return text("Different people?"), why, None


def _face(session: EnrolmentSession) -> Image | None:
    capture = session.kept.get(FACE)
    best = None if capture is None else capture.best
    return None if best is None else captured_picture(best.observation)


def _portrait(session: EnrolmentSession, language: Language) -> str:
    """Whether a portrait is kept, of somebody who was asked; empty where the policy keeps none."""
    if not session.policy.keeps_portraits or FACE not in session.kept:
        return ""
    if portrait_frame(session) is not None:
        return language.text("This picture of the face is kept as the portrait.")
    return language.text("No picture is kept.")


def mix_up_text(session: EnrolmentSession, language: Language) -> tuple[str, str] | None:
    """What to say where a good capture is not of what was asked: what is wrong, and what to do. None where it is."""
    before, asked = session.given_before, session.capturing
    if before is not None and before.position is not None and asked is not None and asked.position is not None:
        given, wanted = language.text(FINGERS[before.position]), language.text(FINGERS[asked.position])
        return (
            language.text("This is the {finger}", finger=given),
            language.text("It was captured before. Give the {finger} and press Space.", finger=wanted),
        )
    if session.refusal is Reason.TAKES_DIFFER:
        what, advice = REASONS[Reason.TAKES_DIFFER]
        return language.text(what), language.text(advice)
    return None


def ended_screen(session: EnrolmentSession, language: Language) -> tuple[str, str, Tone]:
    """Title, sentence and tone of an enrolment that is over."""
    if session.stage is EnrolmentStage.SAVED and session.details is not None:
        kept = ", ".join(characteristic_name(characteristic, language) for characteristic in session.kept)
        details, said = session.details, [language.text("Kept: {what}.", what=kept)]
        told = exceptions_text(session.exceptions, language)
        said += [language.text("Not captured: {what} – {reason}", what=name, reason=why) for name, why in told]
        lines = "\n".join((language.text("No. {number}", number=details.number), *said))
        return language.text("{name} is enrolled", name=details.name), lines, Tone.ACCEPTED
    reason = session.reason or Reason.NO_USABLE_CAPTURE
    tone = Tone.NEUTRAL if reason is Reason.CONSENT_DECLINED else Tone.INCONCLUSIVE
    return language.text("Not enrolled"), reason_text(reason, language), tone


def _kept_row(characteristic: Characteristic, session: EnrolmentSession, language: Language) -> ReviewRow:
    capture = session.kept[characteristic]
    best = capture.best
    if best is None:
        raise ValueError("what is kept has a best attempt")
    number = len(capture.takes) + sum(len(other.capture.takes) for other in session.unused.get(characteristic, ()))
    lines = [language.text(SOURCES[best.observation.provenance.kind])]
    if best.finding.liveness is not None:
        lines.append(attack_text(best.finding, language))
    return ReviewRow(
        characteristic_name(characteristic, language),
        tuple(lines),
        best.quality,
        Tone.ACCEPTED,
        thumbnail_of(best.observation),
        language.plural("{number} attempt", "{number} attempts", number),
        characteristic,
        icon=facts_of(characteristic.modality).terms.icon,
    )


def _duplicates(session: EnrolmentSession, language: Language) -> str:
    if session.found is None:
        return ""
    people = language.plural("{number} person", "{number} people", session.found.gallery_size)
    if not session.found.gallery_size:
        said = language.text("The first person here: there is nobody to compare with.")
    elif session.review is not None:
        said = language.text("Compared with {people}; similar ones were reviewed: different people.", people=people)
    else:
        said = language.text("Compared with {people}: nobody similar.", people=people)
    return " ".join(part for part in (said, not_compared_text(session.found, language)) if part)
