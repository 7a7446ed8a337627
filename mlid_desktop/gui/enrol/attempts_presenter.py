"""What the review of an enrolment shows of every attempt at one characteristic: those that were kept, and those that
were passed over."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import Image
from mlid_desktop.gui.capture.presenter import finding_lines, thumbnail_of
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import REASONS, characteristic_name
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.records.unused_captures import UnusedCapture
from mlid_desktop.workflow.take import Take


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt at a characteristic: ``mark`` is the word on the best one of its capture."""

    title: str
    figure: str
    lines: tuple[str, ...]
    mark: str
    picture: Image | None = field(repr=False)

    @property
    def spoken(self) -> str:
        """What a screen reader says of the attempt."""
        return ", ".join(part for part in (self.title, self.figure, self.mark, *self.lines) if part)


@dataclass(frozen=True, slots=True)
class AttemptGroup:
    """The attempts of one capture, and what became of it; ``index`` is that of the capture where it may be kept
    instead of the other."""

    title: str
    note: str
    rows: tuple[AttemptRow, ...]
    index: int | None


@dataclass(frozen=True, slots=True)
class AttemptsScreen:
    """All captures of one characteristic: the kept one, then the others, the newest first."""

    title: str
    groups: tuple[AttemptGroup, ...]


def attempts_screen(session: EnrolmentSession, characteristic: Characteristic, language: Language) -> AttemptsScreen:
    """The screen of everything that was taken of one characteristic in this enrolment and can still be looked at."""
    kept = session.kept[characteristic]
    others = session.unused.get(characteristic, ())
    used = language.text("Used") if others else ""  # with nothing beside it the title says enough
    groups = [AttemptGroup(used, "", _rows(kept, language), None)]
    groups += [_group(index, other, language) for index, other in reversed(list(enumerate(others)))]
    return AttemptsScreen(characteristic_name(characteristic, language), tuple(groups))


def _group(index: int, unused: UnusedCapture, language: Language) -> AttemptGroup:
    if unused.reason is not None:
        why = language.text(REASONS[unused.reason][0])
    elif unused.capture.finished:
        why = language.text("Captured again afterwards")
    else:
        why = language.text("Begun again before it was complete")
    rows = _rows(unused.capture, language, is_kept=False)
    return AttemptGroup(language.text("Not used"), why, rows, index if unused.may_be_kept else None)


def _rows(capture: CaptureState, language: Language, *, is_kept: bool = True) -> tuple[AttemptRow, ...]:
    best = capture.best_index if is_kept else None
    return tuple(_row(index, take, language, is_best=index == best) for index, take in enumerate(capture.takes))


def _row(index: int, take: Take, language: Language, *, is_best: bool) -> AttemptRow:
    return AttemptRow(
        language.text("Attempt {number}", number=index + 1),
        language.text("Quality {value} of 100", value=take.quality),
        finding_lines(take.finding, language),
        language.text("best") if is_best else "",
        thumbnail_of(take.observation),
    )


def choosing_failed(reason: Reason, language: Language) -> str:
    """A sentence on why the earlier capture could not be kept after all."""
    return " ".join((language.text("The earlier attempt was not kept."), language.text(REASONS[reason][0])))
