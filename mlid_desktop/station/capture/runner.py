"""Runs a capture for GUI, command line and evaluation alike: samples become evidence, the session advances, each state
is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from random import SystemRandom
from typing import Protocol, Self, TypeVar

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Suspicion
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.observations import Evidence, FaceAction, Observation
from mlid_desktop.domain.ports import ChangeMeasuring, Cued, Pipeline, RepeatDetecting, Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceNotice, SourceItem
from mlid_desktop.domain.templates import Reference
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from mlid_desktop.workflow.face_challenge.events import ChallengeDrawn
from mlid_desktop.workflow.take import touch_of, touches_of


class CapturingSession(Protocol):
    """A session that is capturing one characteristic."""

    @property
    def capturing(self) -> Characteristic | None:
        """The characteristic being captured."""
        ...

    @property
    def capture(self) -> CaptureState | None:
        """The state of the capture."""
        ...

    @property
    def suspicion(self) -> Suspicion | None:
        """What ended it, where that was a suspicion of an attack."""
        ...

    def advance(self, event: events.Event) -> Self:
        """The session after the event."""
        ...


S = TypeVar("S", bound=CapturingSession)
Interventions = Callable[[], Iterable[events.Event]]
Cue = Callable[[FaceAction | None], None]


def record_nothing(_: object) -> None:
    """For captures of which nothing is ever decided."""


def _no_interventions() -> Iterable[events.Event]:
    return ()


def nobody_watches(_: FaceAction | None) -> None:
    """Whoever is before a device sees the screen itself."""


def cue_of(source: Source) -> Cue:
    """How the person before a source is told what is asked, where that person is drawn."""
    return source.show if isinstance(source, Cued) else nobody_watches


def run_capture(
    session: S,
    items: Iterable[SourceItem],
    pipeline: Pipeline,
    references: Sequence[Reference] = (),
    publish: Callable[[S | DeviceNotice], None] = lambda _: None,
    interventions: Interventions = _no_interventions,
    cue: Cue = nobody_watches,
    record: Callable[[S], None] = record_nothing,
) -> S:
    """Runs the session's capture through the items until it is finished or the items end.

    ``interventions`` returns the operator's events since it was last asked (take the best, stop). ``cue`` is told the
    action of an active challenge whenever another one, or none, is asked. A session that ends with a suspicion is
    handed to ``record`` before anybody is told, so that it is on disk before anything can be done about it; so is one
    in which another device took the place of the one before. Raises what
    the items raise: DeviceError; where what was seen before that is a suspicion, the session is returned instead. The
    capture has ended in the session returned.
    """
    asked: FaceAction | None = None
    try:
        for item in items:
            if isinstance(item, DeviceNotice):
                publish(item)
                continue
            session = _apply(session, interventions())
            if _finished(session):
                break
            observation = pipeline.observe(item)
            changes = _source_changes(session)
            session = session.advance(evidence_of(observation, session, pipeline, references))
            if session.suspicion is None and _source_changes(session) > changes:
                record(session)
            if session.capture is not None and session.capture.needs_draw:
                draw = draw_challenge(SystemRandom(), session.capture.challenges)
                session = session.advance(ChallengeDrawn(draw))
            if _asked(session) is not asked:
                asked = _asked(session)
                cue(asked)
            if session.suspicion is None:
                publish(session)
            if _finished(session):
                break
    except BaseException as fault:
        session = _judged(session, record)
        if session.suspicion is None or not isinstance(fault, MlidError):
            raise
    else:
        session = _judged(session, record)
    publish(session)
    return session


def _judged(session: S, record: Callable[[S], None]) -> S:
    """What was shown so far is judged, whatever the capture ended by, and a suspicion recorded."""
    ended = session if _finished(session) else session.advance(events.CaptureEnded())
    if ended.suspicion is not None:
        record(ended)
    return ended


def evidence_of(
    observation: Observation, session: CapturingSession, pipeline: Pipeline, references: Sequence[Reference]
) -> Evidence:
    """Evidence of an observation taken as the characteristic being captured: compared with the subject's references and
    with the first observation of the same take."""
    placed = observation if session.capturing is None else observation.for_characteristic(session.capturing)
    evidence = pipeline.compare(placed, references)
    simulated = placed.provenance.kind is SourceKind.SIMULATED  # which has as few images as it was told to have
    touch = None if simulated else touch_of(placed)
    here = session.capture
    earlier = () if here is None else (*here.plan.earlier, *touches_of(here.takes))
    if touch is not None and earlier and isinstance(pipeline, RepeatDetecting):
        evidence = replace(evidence, repeated=pipeline.repeats(touch, earlier, placed.sample))
    if not simulated and here is not None and here.gathering and isinstance(pipeline, ChangeMeasuring):
        evidence = replace(evidence, change=pipeline.measure_change(here.gathering[0].observation, placed))
    anchor = None if session.capture is None else session.capture.anchor
    known = None if anchor is None else anchor.linking_template
    if known is None or placed.linking_template is None:
        return evidence
    return replace(evidence, continuity=pipeline.similarity(known, placed.linking_template))


def _asked(session: CapturingSession) -> FaceAction | None:
    """The action that the active challenge asks now."""
    challenge = None if session.capture is None else session.capture.challenge
    return None if challenge is None else challenge.asked


def _apply(session: S, interventions: Iterable[events.Event]) -> S:
    for event in interventions:
        session = session.advance(event)
    return session


def _source_changes(session: CapturingSession) -> int:
    return 0 if session.capture is None else session.capture.source_changes


def _finished(session: CapturingSession) -> bool:
    return session.capture is None or session.capture.finished
