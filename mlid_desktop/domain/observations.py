"""What a pipeline makes of one sample, and what a comparison adds to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.provenance import Provenance
from mlid_desktop.domain.quality import NOT_ASSESSED, Quality
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.domain.samples import FrameSample, Image, Sample
from mlid_desktop.domain.templates import Renewal, Template


@dataclass(frozen=True, slots=True)
class Region:
    """An area of a sample, in pixels: ``box`` is (left, top, width, height), ``points`` are (x, y), ``score`` 0..1."""

    box: tuple[float, float, float, float]
    points: tuple[tuple[float, float], ...] = ()
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class AttackEvidence:
    """What one sample says about a presentation attack: ``liveness`` 0 (attack) .. 1 (bona fide), and who says so.

    One frame accepts nothing; ``decision.pad`` judges windows of them. ``cues`` names signs of a replay that were
    found beside the detector: for the operator to see, they decide nothing. ``judged`` is False where the sample lies
    outside the range that the detector's data support (a face too near): such evidence counts neither way.
    """

    liveness: float
    detector: str
    cues: tuple[str, ...] = ()
    judged: bool = True


class ActionKind(StrEnum):
    """What moves: somebody who cannot do one action of a kind is asked for none of it."""

    TURN = "turn"
    NOD = "nod"
    APPROACH = "approach"
    MOUTH = "mouth"


class FaceAction(StrEnum):
    """What a person is asked to do; left and right are the person's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    LOOK_UP = "look_up"
    LOOK_DOWN = "look_down"
    COME_CLOSER = "come_closer"
    OPEN_MOUTH = "open_mouth"

    @property
    def kind(self) -> ActionKind:
        """Which part of the body it takes."""
        return KINDS[self]


KINDS = {
    FaceAction.TURN_LEFT: ActionKind.TURN,
    FaceAction.TURN_RIGHT: ActionKind.TURN,
    FaceAction.LOOK_UP: ActionKind.NOD,
    FaceAction.LOOK_DOWN: ActionKind.NOD,
    FaceAction.COME_CLOSER: ActionKind.APPROACH,
    FaceAction.OPEN_MOUTH: ActionKind.MOUTH,
}


@dataclass(frozen=True, slots=True, eq=False)
class FaceMotion:
    """The attitude of one face in one frame, absolute; what counts is the change from the person's neutral pose.

    ``turn`` degrees to the person's left and ``lift`` degrees up, as the pose model sees them. ``turn_depth`` and
    ``lift_depth`` are how far the tip of the nose has left its place in the plane of eyes and mouth, the same ways, in
    widths of that plane: they follow a head that turns and stay where they are on a flat picture that is turned.
    ``size`` is the face's side over the frame's height, ``mouth`` the height of the mouth, lips included, over that of
    the face, ``mouth_shape`` over the mouth's own width: a smile raises the first, a turned head the second, an opened
    mouth both. ``surroundings`` (rows, columns) uint8 is the whole frame in a few grey cells.
    """

    turn: float
    lift: float
    turn_depth: float
    lift_depth: float
    size: float
    mouth: float
    mouth_shape: float
    surroundings: Image = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """The outcome of one sample: a template, or the ``reason`` there is none; with the regions, quality and attack
    evidence found on the way.

    ``steps_ms`` are the milliseconds each step of the pipeline took. ``sample`` is kept for review on screen and is
    never stored. ``motion`` is the head's attitude, where it was measured. ``joined``: the sample surely shows parts
    of more than one characteristic put together, which no living one gives. ``geometry`` is what the same sample is
    known again by when it comes moved or compressed anew, as ``Touch`` keeps it; empty where the template serves.
    ``continuity_template`` tells whether the samples of one capture are of one person, where that is told by a cheaper
    extractor than that of ``template``.
    """

    characteristic: Characteristic
    sample: Sample = field(repr=False)
    regions: tuple[Region, ...] = ()
    quality: Quality = NOT_ASSESSED
    attack: AttackEvidence | None = None
    template: Template | None = None
    reason: Reason | None = None
    steps_ms: tuple[tuple[str, float], ...] = ()
    motion: FaceMotion | None = None
    joined: bool = False
    geometry: bytes = field(default=b"", repr=False)
    continuity_template: Template | None = None

    @property
    def linking_template(self) -> Template | None:
        """The template by which samples of one capture are told to be of one person."""
        return self.template if self.continuity_template is None else self.continuity_template

    @property
    def provenance(self) -> Provenance:
        """Where the observed sample came from."""
        return self.sample.provenance

    def is_of_same_source(self, earlier: Observation) -> bool:
        """Whether the sample may go on with an earlier one: the same device, never lost between, frames of one size."""
        here, there = self.sample, earlier.sample
        if isinstance(here, FrameSample) and isinstance(there, FrameSample) and here.image.shape != there.image.shape:
            return False
        return here.provenance.continues(there.provenance)

    @property
    def hint(self) -> Hint | None:
        """What the subject should do now to raise the quality of the sample, where something would help."""
        return self.quality.hint

    @property
    def usable(self) -> bool:
        """Whether the observation has a template and its quality passed."""
        return self.template is not None and self.quality.passed

    def for_characteristic(self, characteristic: Characteristic) -> Observation:
        """The same observation (and template) as one of the named characteristic, e.g. a finger position."""
        template = None if self.template is None else replace(self.template, characteristic=characteristic)
        return replace(self, characteristic=characteristic, template=template)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of a probe with the subject's reference: ``score`` is raw and higher for more alike, for the roles
    that may see it. ``extractor`` is the key of the one that both were made by, where it is an earlier one; "" where it
    is that of the observation's template."""

    score: float = field(repr=False)
    reference_id: str
    reference_created_at: datetime
    extractor: str = ""


@dataclass(frozen=True, slots=True)
class PromptFinding:
    """Whether the prompted digits were said, and by the enrolled voice; ``reason`` says why not.

    ``heard`` holds for each digit asked whether it was heard as that digit. The scores, for the roles that may see
    them: ``content`` and ``worst`` (mean and least natural log of the share that falls on the digit asked, at most 0)
    and ``voice`` (how alike the digits are to the subject's own, higher is more; -1 is as alike as at enrolment).
    """

    confirmed: bool
    same_voice: bool
    reason: Reason | None = None
    heard: tuple[bool, ...] = ()
    content: float = field(default=0.0, repr=False)
    worst: float = field(default=0.0, repr=False)
    voice: float = field(default=0.0, repr=False)


@dataclass(frozen=True, slots=True)
class FrameChange:
    """What has changed between the first frame of a take and a later one.

    ``residual``: how much of the face has moved otherwise than a flat picture moves, in pixels of a face 64 across;
    None where so much of it burnt out that it cannot be told from a movement. ``unchanged``: the share of the frame's
    small squares, 0..1, in which no pixel has changed by a single grey level.
    """

    residual: float | None
    unchanged: float


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """An observation with its comparison, where there was a reference to compare with.

    ``continuity`` is the score against the first observation of the same take: a take shows one person throughout.
    ``prompt`` is what the check of prompted speech found, where there was a prompt. ``repeated``: the image is an
    earlier one of the same characteristic, presented again. ``renewal`` is what would take the place of references of
    an earlier extractor, were the subject accepted with this evidence. ``change`` is what has
    changed since the first frame of the same take.
    """

    observation: Observation
    comparison: Comparison | None = None
    continuity: float | None = field(default=None, repr=False)
    prompt: PromptFinding | None = None
    repeated: bool = False
    renewal: Renewal | None = field(default=None, repr=False)
    change: FrameChange | None = None

    @property
    def extractor(self) -> str:
        """Key of the extractor whose scores the comparison has; "" without a template."""
        made = self.observation.template
        if self.comparison is not None and self.comparison.extractor:
            return self.comparison.extractor
        return "" if made is None else made.extractor.key


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One row of a 1:N search: a reference with its score."""

    reference_id: str
    subject_id: str
    score: float = field(repr=False)
