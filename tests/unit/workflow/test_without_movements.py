"""No order of events accepts without movements what is not accepted by more than the policy asks and by two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mlid_desktop.decision.alternative import asked_of_finger
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import AttemptState, Verdict
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession, VerificationStage
from tests.makers import INDEX, calibrations, evidence, policy

MIDDLE = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_MIDDLE)


def touched(characteristic: Characteristic, score: float, number: int, *, repeated: bool) -> Evidence:
    made = evidence(score, characteristic=characteristic, liveness=None)
    sample = made.observation.sample
    image = np.full((8, 8), number % 256, np.uint8)
    finger = FingerSample(sample.sequence, sample.captured_at, sample.provenance, image, 500.0)
    return replace(made, observation=replace(made.observation, sample=finger), repeated=repeated)


class WithoutMovements(RuleBasedStateMachine):
    """One attempt by one finger; now and then somebody shows a face as well."""

    def __init__(self) -> None:
        super().__init__()
        here = Circumstances("verification", demo=False, without_movements=True)
        state = AttemptState(0, 5, 0.0, locked_out=False)
        self.session = VerificationSession("1", policy(), calibrations(), here, state, (INDEX,))
        self.repeated = self.confirmed = False
        self.number = 0

    def advance(self, event: events.Event) -> None:
        if self.session.stage is VerificationStage.CAPTURE:
            try:
                self.session = self.session.advance(event)
            except events.OutOfOrderError:
                return
            self.confirmed = self.confirmed or isinstance(event, events.SecondConfirmed)

    @rule(characteristic=st.sampled_from([INDEX, MIDDLE, FACE]))
    def start(self, characteristic: Characteristic) -> None:
        self.advance(events.CaptureStarted(characteristic))

    @rule(score=st.floats(0.0, 0.6), repeated=st.booleans())
    def touch(self, score: float, repeated: bool) -> None:
        finger = self.session.capturing
        if self.session.capture is None or finger is None or finger == FACE or self.session.decision is not None:
            return
        self.number += 1
        before = self.session.capture.finished
        self.advance(touched(finger, score, self.number, repeated=repeated))
        self.repeated = self.repeated or (repeated and not before)

    @rule(
        event=st.sampled_from(
            [
                events.CaptureKept(),
                events.CaptureEnded(),
                events.BestTaken(),
                events.Attested(),
                events.SecondConfirmed(),
                events.CapturesFinished(),
            ]
        )
    )
    def happen(self, event: events.Event) -> None:
        self.advance(event)

    @invariant()
    def nobody_is_accepted_by_less(self) -> None:
        decision = self.session.decision
        if self.repeated:
            assert self.session.suspicion is not None
        if decision is None or decision.verdict is not Verdict.ACCEPTED:
            return
        assert decision.without_movements
        assert self.confirmed
        assert not self.repeated
        assert self.session.suspicion is None
        asked = asked_of_finger(policy().comparison)
        assert all(result.meaning is not None and result.meaning.fmr <= asked for result in decision.results)


WithoutMovements.TestCase.settings = settings(max_examples=300, stateful_step_count=14, deadline=None)
TestWithoutMovements = WithoutMovements.TestCase
