"""Records one presentation of a test of attack detection: as many judged frames as a window has, whatever they say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlid_desktop.decision.policy import AttackRules, Policy
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, Characteristic
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.workflow import events
from mlid_desktop.workflow.attack_test.plan import ObservedFrame, PlannedPresentation
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan

MOST_FRAMES = 120
ANYTHING = 1e-9  # a threshold that every frame passes: nothing is decided while a test is recorded


@dataclass(frozen=True, slots=True, eq=False)
class PresentationSession:
    """A presentation as it is recorded. ``frames`` has every frame that came, those that could not be judged too."""

    planned: PlannedPresentation
    circumstances: Circumstances
    capture: CaptureState
    capturing: Characteristic | None = FACE
    frames: tuple[ObservedFrame, ...] = ()

    @classmethod
    def of(cls, planned: PlannedPresentation, policy: Policy, *, demo: bool) -> PresentationSession:
        """Makes the session that waits for the first frame."""
        window = policy.attack[FACE.modality].window
        rules = policy.capture[FACE.modality]
        plan = CapturePlan(
            FACE,
            takes=1,
            frames=window,
            attack=AttackRules(window=window, threshold=ANYTHING, frame_floor=0.0),
            minimum_quality=rules.minimum_quality,
            give_up_after_s=rules.give_up_after_s,
            passive_alone=True,
        )
        return cls(planned, Circumstances("verification", demo), CaptureState(plan))

    def advance(self, event: events.Event) -> PresentationSession:
        """Takes a frame in, or ends. Raises OutOfOrderError for any other event."""
        match event:
            case Evidence():
                frames = (*self.frames, observed_frame(event.observation))
                capture = self.capture.advance(event)
                return replace(self, frames=frames, capture=capture.end() if len(frames) >= MOST_FRAMES else capture)
            case events.CaptureEnded() | events.CaptureKept():
                return replace(self, capture=self.capture.end())
            case events.BestTaken():
                return replace(self, capture=self.capture.take_best_so_far())
        raise events.OutOfOrderError(f"{type(event).__name__} while a presentation is recorded")

    @property
    def suspicion(self) -> None:
        """Nothing is decided while a test is recorded, so nothing is suspected."""
        return

    @property
    def latest(self) -> Observation | None:
        """The newest observation, of whatever quality."""
        return self.capture.latest


def observed_frame(observation: Observation) -> ObservedFrame:
    """What is kept of an observation: figures and the template, no picture. A frame outside the range that the
    detector's data support is not judged."""
    attack = observation.attack
    liveness = attack.liveness if attack is not None and attack.judged else None
    return ObservedFrame(liveness, observation.quality.unified, observation.template, dict(observation.steps_ms))
