"""What the capture page shows of a capture: one prompt, the quality by name, the attempts, the progress."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.domain.samples import FingerSample, FrameSample, Image
from mlid_desktop.gui.capture.finger_contact import takes_text
from mlid_desktop.gui.capture.steady_hint import Region, agreeing
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.portrait_crop import cropped_face
from mlid_desktop.station.text.challenge_terms import attack_text
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.measure_terms import HINTS, MEASURES
from mlid_desktop.station.text.modality_terms import facts_of, terms_of
from mlid_desktop.station.text.terms import REASONS, characteristic_name
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.refusal import refusal_of
from mlid_desktop.workflow.take import Take

OVAL_HEIGHT: Final = 0.7  # of the picture's height: a face inside it has the size that the quality gates ask for
FACE_TO_OVAL: Final = 1.5  # height of the oval to that of a detected face, which ends at brow and chin
FACE_MIDDLE: Final = 0.46  # of the height of a detected face: where the middle of the oval belongs
NOSE_POINT: Final = 2
HEAD_BEHIND_NOSE: Final = 2.4  # how far the middle of a head lies behind the eyes, to how far the nose lies before them
MOST_ASIDE: Final = 0.5  # of its width: what a face is moved to the middle of its head at most
HEAD_TO_REGION: Final = 1.9  # side of a small picture to that of a face region, which ends at brow and chin
WHYS: Final[dict[Hint, str]] = {
    Hint.LOOK_AT_CAMERA: _("No face is in the picture yet."),
    Hint.ONE_PERSON: _("More than one face is in the picture."),
    Hint.COME_CLOSER: _("The face is too small for a clear picture."),
    Hint.MOVE_BACK: _("The face does not fit into the oval."),
    Hint.CENTRE: _("The face belongs inside the oval."),
    Hint.TURN_TO_CAMERA: _("The face is turned: a part of it is not seen."),
    Hint.LEVEL_HEAD: _("The head is tilted."),
    Hint.MORE_LIGHT: _("The picture is too dark."),
    Hint.LESS_LIGHT: _("The picture is too bright."),
    Hint.EVEN_LIGHT: _("One side of the face is brighter than the other."),
    Hint.HOLD_STILL: _("The picture is not sharp."),
    Hint.OPEN_EYES: _("The eyes seem to be closed."),
    Hint.CLOSE_MOUTH: _("The mouth seems to be open."),
    Hint.UNCOVER_FACE: _("Something covers part of the face."),
    Hint.PLAIN_BACKGROUND: _("The background is busy."),
    Hint.PLACE_FINGER: _("The reader is waiting."),
    Hint.ONE_FINGER: _("More than one finger is on the reader."),
    Hint.CENTRE_FINGER: _("Only part of the fingertip is on the reader."),
    Hint.PRESS_HARDER: _("The ridges are faint."),
    Hint.PRESS_LIGHTER: _("The ridges run into one another."),
    Hint.DRY_FINGER: _("The finger is moist."),
    Hint.MOISTEN_FINGER: _("The finger is dry."),
    Hint.CLEAN_READER: _("The glass is not clean."),
    Hint.LIFT_FINGER: _("This one is done."),
    Hint.SPEAK_LOUDER: _("The voice is too quiet."),
    Hint.SPEAK_SOFTER: _("The voice is too loud."),
    Hint.KEEP_SPEAKING: _("A little more is needed."),
    Hint.SPEAK_ALONE: _("More than one voice is heard."),
    Hint.QUIETEN_ROOM: _("The room is too loud."),
    Hint.CHANGE_MICROPHONE: _("The sound lacks its high tones."),
}


SEEN_FIRST: Final = (  # of what is good: always the same, so that no bar changes its place while one looks
    *(Measure.CENTRING, Measure.YAW, Measure.EYE_DISTANCE, Measure.FOREGROUND_AREA, Measure.RIDGE_CLARITY),
    *(Measure.SIGNAL_TO_NOISE, Measure.SOUND_LEVEL, Measure.ROOM_NOISE),
)
UNUSUAL_SOURCES: Final = {
    SourceKind.SIMULATED: _("simulated source"),
    SourceKind.VIRTUAL: _("virtual device"),
    SourceKind.RECORDED: _("recorded source"),
}


@dataclass(frozen=True, slots=True)
class QualityBar:
    """One quality component as a bar: ``value`` 0..100, or -1 where it was not assessed; ``figure`` is the value as
    written; ``gate`` where it has to reach, -1 where that is not said; ``order`` among those that are shown."""

    name: str
    value: int
    figure: str
    passed: bool
    gate: int = -1
    order: int = 0


@dataclass(frozen=True, slots=True)
class AttemptChip:
    """One attempt as a chip: its text, and what a screen reader says."""

    text: str
    spoken: str
    best: bool
    picture: Image | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CaptureScreen:
    """Everything that the capture page paints of one sample, with its ``picture`` where it has one. ``region`` is what
    the oval is around: left, top, width, height as shares of the picture; None where the oval stands in the middle, for
    the person to come into it. ``source`` says what kind of source it came from, where it is no device; ``towards`` is
    the way to the middle of the picture, across and down, where that is asked; ``wanted`` is how many attempts are."""

    title: str
    prompt: str
    why: str
    tone: Tone
    hint: Hint | None
    bars: tuple[QualityBar, ...]
    chips: tuple[AttemptChip, ...]
    best: int | None
    progress: float
    following: bool
    finished: bool
    usable: bool
    note: str = ""
    region: Region | None = None
    source: str = ""
    picture: Image | None = field(default=None, repr=False, compare=False)
    towards: tuple[float, float] | None = None
    wanted: int = 0

    @property
    def guide_tone(self) -> Tone:
        """The tone of the guide over the picture: that of good only where nothing is asked."""
        return Tone.INCONCLUSIVE if self.hint is not None else self.tone


@dataclass(frozen=True, slots=True, eq=False)
class AttemptPicture:
    """One attempt of a capture as it is shown for review."""

    title: str
    lines: tuple[str, ...]
    picture: Image | None = field(repr=False)


def capture_screen(
    characteristic: Characteristic,
    capture: CaptureState | None,
    circumstances: Circumstances,
    language: Language,
    held: Hint | None = None,
    told_of: Quality | None = None,
) -> CaptureScreen:
    """The screen of a capture that is running or has ended. ``held`` is the hint that is steady enough to show, and
    ``told_of`` the quality of the sample that it was given for: a later one may be better already, and the bars never
    contradict the sentence."""
    title = characteristic_name(characteristic, language)
    if capture is None or capture.latest is None:
        waiting = waiting_screen(characteristic, language, ended=capture is not None and capture.finished)
        return waiting if capture is None else replace(waiting, wanted=capture.plan.takes)
    prompt, why, tone = _prompt_of_capture(characteristic, capture, circumstances, language, held)
    refused = capture.finished and refusal_of(capture, circumstances) is not None
    shares = region_shares(capture.latest)
    frames = facts_of(characteristic.modality).stream is SampleStream.FRAMES
    quality = told_of or _shown_quality(capture)
    waits = frames and held is None and not capture.finished and not _is_good(capture)
    bars = () if waits else quality_bars(quality, language, held)  # nothing is said yet of who is walking in
    centred = held is not Hint.CENTRE and not waits and _is_met(quality, Measure.CENTRING)
    return CaptureScreen(
        title=title,
        prompt=prompt,
        why=why,
        tone=tone,
        hint=held,
        bars=bars,
        chips=attempt_chips(capture, language),
        best=capture.best_index,
        progress=capture.progress,
        following=bool(capture.latest.regions) or capture.latest.template is not None,
        finished=capture.finished,
        usable=capture.finished and not refused,
        note=_note(capture, language),
        region=None if shares is None or not centred else _oval_region(_of_head(capture.latest, shares), held),
        source=_source_text(capture.latest.provenance.kind, language),
        picture=picture_of(capture.latest),
        towards=(0.5 - shares[0] - shares[2] / 2, 0.5 - shares[1] - shares[3] / 2)
        if held is Hint.CENTRE and shares is not None
        else None,
        wanted=capture.plan.takes,
    )


def quality_bars(quality: Quality, language: Language, held: Hint | None = None) -> tuple[QualityBar, ...]:
    """Quality components as named bars: first what the hint that is ``held`` asks for, then what else is below its
    gate, the worst before the others; then what is good, always in one order. No bar contradicts the hint."""

    def rank(component: QualityComponent) -> tuple[bool, bool, int, int]:
        first = SEEN_FIRST.index(component.measure) if component.measure in SEEN_FIRST else len(SEEN_FIRST)
        asked = not component.passed and component.hint is held
        return component.passed, not asked, first if component.passed else 0, component.value

    quality = agreeing(quality, held)
    in_order = list(MEASURES)
    ranked = sorted((component for component in quality.components if component.value >= 0), key=rank)
    return tuple(
        QualityBar(
            language.text(MEASURES[component.measure]),
            component.value,
            str(component.value),
            component.passed,
            component.gate,
            in_order.index(component.measure),
        )
        for component in ranked
    )


def _is_met(quality: Quality, measure: Measure) -> bool:
    component = quality.component(measure)
    return component is None or component.passed


def _of_head(observation: Observation, shares: Region) -> Region:
    """The region of a face, moved to where the head's middle is: of a head that is turned only what faces the camera is
    detected. The first three points of a face are its eyes and the tip of its nose."""
    points, picture = observation.regions[0].points, picture_of(observation)
    if len(points) <= NOSE_POINT or picture is None:
        return shares
    aside = (points[0][0] + points[1][0]) / 2 - points[NOSE_POINT][0]
    left, top, width, height = shares
    most = MOST_ASIDE * width
    return left + min(most, max(-most, HEAD_BEHIND_NOSE * aside / picture.shape[1])), top, width, height


def _oval_region(shares: Region, held: Hint | None) -> Region:
    """What the oval is around: the face; where its size is what is asked, a face of the wanted size in the same
    spot."""
    if held not in (Hint.COME_CLOSER, Hint.MOVE_BACK):
        return shares
    left, top, width, height = shares
    wanted = OVAL_HEIGHT / FACE_TO_OVAL
    return left, top + FACE_MIDDLE * (height - wanted), width, wanted


def attempt_picture(index: int, take: Take, language: Language) -> AttemptPicture:
    """One attempt of a capture, larger, with what was found."""
    lines = (
        language.text("Quality {value} of 100", value=take.quality),
        *finding_lines(take.finding, language),
    )
    return AttemptPicture(language.text("Attempt {number}", number=index + 1), lines, picture_of(take.observation))


def region_shares(observation: Observation) -> Region | None:
    """The first region of an observation as shares of the picture."""
    picture = picture_of(observation)
    if picture is None or not observation.regions:
        return None
    height, width = picture.shape[:2]
    left, top, wide, high = observation.regions[0].box
    return left / width, top / height, wide / width, high / height


def picture_of(observation: Observation) -> Image | None:
    """The picture of a sample that has one."""
    sample = observation.sample
    return sample.image if isinstance(sample, FrameSample | FingerSample) else None


def thumbnail_of(observation: Observation) -> Image | None:
    """The square of a sample's picture that has the face in its middle, for a small picture; as much of the picture's
    middle as is square where no region was found."""
    picture = picture_of(observation)
    if picture is None:
        return None
    height, width = picture.shape[:2]
    side, across, down = min(height, width), width / 2, height / 2
    if observation.regions:
        left, top, wide, high = observation.regions[0].box
        side = min(side, max(1, round(HEAD_TO_REGION * max(wide, high))))
        across, down = left + wide / 2, top + high / 2
    first_column = round(min(max(across - side / 2, 0), width - side))
    first_row = round(min(max(down - side / 2, 0), height - side))
    return np.ascontiguousarray(picture[first_row : first_row + side, first_column : first_column + side])


def captured_picture(observation: Observation) -> Image | None:
    """The picture of a sample to compare by: a face cut like a portrait, what else there is as it is."""
    cropped = cropped_face(observation)
    return thumbnail_of(observation) if cropped is None else cropped


def attempt_chips(capture: CaptureState, language: Language) -> tuple[AttemptChip, ...]:
    """The attempts of a capture, the best one marked."""
    return tuple(_chip(index, take, capture.best_index, language) for index, take in enumerate(capture.takes))


def waiting_screen(characteristic: Characteristic, language: Language, *, ended: bool = False) -> CaptureScreen:
    """The screen of a capture before the first sample, or where none ever came."""
    title = characteristic_name(characteristic, language)
    prompt, why = _waiting_prompt(characteristic, language)
    tone = Tone.ACCENT
    if ended:
        reason, advice = REASONS[Reason.NO_USABLE_CAPTURE]
        prompt, why, tone = language.text(reason), language.text(advice), Tone.INCONCLUSIVE
    return CaptureScreen(title, prompt, why, tone, None, (), (), None, 0.0, following=False, finished=ended,
                         usable=False)  # fmt: skip


def _waiting_prompt(characteristic: Characteristic, language: Language) -> tuple[str, str]:
    return _first_prompt(characteristic, language), language.text(terms_of(characteristic.modality).waiting)


def _first_prompt(characteristic: Characteristic, language: Language) -> str:
    return language.text(
        terms_of(characteristic.modality).prompt or HINTS[facts_of(characteristic.modality).first_hint]
    )


def _prompt_of_capture(
    characteristic: Characteristic,
    capture: CaptureState,
    circumstances: Circumstances,
    language: Language,
    held: Hint | None,
) -> tuple[str, str, Tone]:
    if capture.finished:
        reason = refusal_of(capture, circumstances)
        if reason is None:
            return language.text("Captured"), language.text("The best attempt is used."), Tone.ACCEPTED
        tone = Tone.REJECTED if reason in (Reason.ATTACK_SUSPECTED, Reason.SOURCE_NOT_LIVE) else Tone.INCONCLUSIVE
        happened, advice = REASONS[reason]
        return language.text(happened), language.text(advice), tone
    if held is not None:
        return language.text(HINTS[held]), language.text(WHYS[held]), Tone.ACCENT
    stream = facts_of(characteristic.modality).stream
    if stream is SampleStream.TOUCHES and capture.takes and not capture.gathering:
        return language.text(HINTS[Hint.LIFT_FINGER]), takes_text(capture, language), Tone.ACCEPTED
    good = language.text(terms_of(characteristic.modality).good)
    if stream is SampleStream.SOUND:
        return _first_prompt(characteristic, language), good, Tone.ACCEPTED
    if stream is SampleStream.FRAMES and not _is_good(capture):  # a tick never stands beside a warning
        return *_waiting_prompt(characteristic, language), Tone.ACCENT
    return language.text(HINTS[Hint.HOLD_STILL]), good, Tone.ACCEPTED


def _is_good(capture: CaptureState) -> bool:
    """Whether the newest sample is good, and everything that is shown of it."""
    latest = capture.latest
    return latest is not None and latest.usable and all(part.passed for part in latest.quality.components)


def _shown_quality(capture: CaptureState) -> Quality:
    best = capture.best
    if capture.finished and best is not None:
        return best.observation.quality
    return capture.latest.quality if capture.latest is not None else Quality(-1)


def _chip(index: int, take: Take, best: int | None, language: Language) -> AttemptChip:
    is_best = index == best
    figure = language.text("{number}: {value}", number=index + 1, value=take.quality)
    spoken = language.text("Attempt {number}, quality {value} of 100", number=index + 1, value=take.quality)
    if is_best:
        spoken = language.text("{attempt}, the best so far", attempt=spoken)
    return AttemptChip(figure, spoken, is_best, thumbnail_of(take.observation))


def _note(capture: CaptureState, language: Language) -> str:
    """The note under a capture: what the attack check says of the best attempt. That a source is not judged at all
    needs no words of its own: its kind is said with the picture."""
    best = capture.best
    return "" if best is None else "".join(finding_lines(best.finding, language))


def finding_lines(finding: AttackFinding, language: Language) -> tuple[str, ...]:
    """What the attack check says of an attempt, as lines: none where nothing was checked or judged."""
    unjudged = finding.verdict is AttackVerdict.INCOMPLETE and not finding.decides
    return () if unjudged or finding.verdict is AttackVerdict.NOT_CHECKED else (attack_text(finding, language),)


def _source_text(kind: SourceKind, language: Language) -> str:
    """What kind of source a sample came from; nothing is said of a live one."""
    return language.text(UNUSUAL_SOURCES[kind]) if kind in UNUSUAL_SOURCES else ""
