"""What the check-in page says: to the queue the verdict and a first name, to the operator why, and the last twenty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.decision_presenter import TONES
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.terms import REASONS, VERDICTS
from mlid_desktop.workflow.check_in.session import CheckInOutcome

ASK_THE_DESK: Final = _("Please speak to the desk")


@dataclass(frozen=True, slots=True)
class QueueScreen:
    """What whoever waits may see: a word with its shape and tone, and the first name."""

    word: str
    tone: Tone
    name: str = field(default="", repr=False)

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return f"{self.word}. {self.name}" if self.name else self.word


@dataclass(frozen=True, slots=True)
class RecentRow:
    """One of the last twenty, for the operator alone."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    verdict: str
    tone: Tone


def first_name(name: str) -> str:
    """The first word of a name: enough for whoever is called, and little for whoever listens."""
    return name.split(maxsplit=1)[0] if name.split() else ""


def queue_screen(outcome: CheckInOutcome, person: SubjectSummary | None, language: Language) -> QueueScreen:
    """What the queue sees of an outcome: why is for the operator alone."""
    tone = TONES[outcome.verdict]
    if outcome.verdict is Verdict.ACCEPTED:
        word = language.text(VERDICTS[Verdict.ACCEPTED])
    else:
        word = language.text(ASK_THE_DESK)
    return QueueScreen(word, tone, "" if person is None else first_name(person.name))


def operator_text(outcome: CheckInOutcome, language: Language) -> str:
    """What the operator reads of an outcome that is no acceptance: the verdict, why, and what to do next."""
    why, advice = REASONS[outcome.reason]
    said = (language.text(VERDICTS[outcome.verdict]), language.text(why), language.text(advice))
    return ". ".join(part.rstrip(".") for part in said if part) + "."


def recent_rows(
    outcomes: tuple[CheckInOutcome, ...], people: Mapping[str, SubjectSummary], language: Language
) -> tuple[RecentRow, ...]:
    """Rows of the last outcomes, the newest first."""
    rows = []
    for outcome in outcomes:
        person = people.get(outcome.subject_id)
        name = language.text("Nobody was proposed") if person is None else person.name
        number = "" if person is None else language.text("No. {number}", number=person.number)
        rows.append(RecentRow(name, number, language.text(VERDICTS[outcome.verdict]), TONES[outcome.verdict]))
    return tuple(rows)


def further_characteristic(person: SubjectSummary) -> Characteristic | None:
    """What confirms somebody whom a face proposed: the first characteristic of another modality that may decide."""
    deciding = (
        characteristic
        for characteristic in person.characteristics
        if characteristic.modality is not Modality.FACE and not facts_of(characteristic.modality).supports_only
    )
    return next(deciding, None)
