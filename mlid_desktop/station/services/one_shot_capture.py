"""Carries out one capture from its source to a result, unattended: for the command line, the bulk import and the
evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TypeVar

from mlid_desktop.decision.policy import Purpose
from mlid_desktop.devices.catalog import is_self_paced
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.samples import SourceItem
from mlid_desktop.domain.templates import Reference
from mlid_desktop.modalities.registry import facts_of
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import handoff_for
from mlid_desktop.station.capture.lip_watch import LipWatch, consents_to_camera
from mlid_desktop.station.capture.prompted_takes import join_takes, pace_as_spoken, plan_takes
from mlid_desktop.station.capture.runner import CapturingSession, Interventions, cue_of
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession

S = TypeVar("S", bound=CapturingSession)
Publish = Callable[[object], None]


def publish_nothing(_: object) -> None:
    """A listener that ignores the states of a capture."""


def capture_once(
    session: S,
    recognition: Recognition,
    characteristic: Characteristic,
    source: Source,
    references: Sequence[Reference] = (),
    publish: Publish = publish_nothing,
    interventions: Interventions = tuple,
    camera: Source | None = None,
) -> S:
    """Carries out one whole capture of the characteristic; the session keeps it where it is usable, or a suspicion ends
    it. ``interventions`` are what the person wishes meanwhile; the ``camera`` watches who speaks, where the person's
    consent covers the face. Raises DeviceError and ModelError."""
    session = session.advance(events.CaptureStarted(characteristic))
    if facts_of(characteristic.modality).stream is SampleStream.SOUND:
        watched = camera if consents_to_camera(session, references) else None
        session = _capture_speech(session, recognition, source, references, publish, interventions, watched)
    else:
        with deliver_items(source, characteristic.modality) as items:
            session = recognition.capture(
                session, items, references, publish, interventions=interventions, cue=cue_of(source)
            )
    return session if session.suspicion is not None else session.advance(events.CaptureKept())


def _capture_speech(
    session: S,
    recognition: Recognition,
    source: Source,
    references: Sequence[Reference],
    publish: Publish,
    interventions: Interventions,
    camera: Source | None,
) -> S:
    """Captures prompted speech. Beside a camera that watches, a made-up voice speaks as fast as people do."""
    plan = plan_takes(purpose_of(session), publish)
    with LipWatch(camera, source, recognition.pipelines) as watch:
        spoken = pace_as_spoken(source) if watch.watching else source
        with deliver_items(spoken, Modality.VOICE) as items:
            takes = watch.marked(join_takes(spoken, watch.beside(items), plan))
            return recognition.capture(session, takes, references, publish, interventions=interventions)


@contextmanager
def deliver_items(source: Source, modality: Modality) -> Iterator[Iterable[SourceItem]]:
    """The items of a source: recordings and simulations as they come, so that they repeat exactly; devices and streams
    through a capture thread, of pictures the newest, of sound every block."""
    if is_self_paced(source.identity.scheme):
        with closing(source):
            yield source.samples()
    else:
        with CaptureThread(source, handoff_for(modality)) as feed:
            yield feed


def purpose_of(session: CapturingSession) -> Purpose:
    """The purpose that a session captures for, which sets the number of digits to speak."""
    return "enrolment" if isinstance(session, EnrolmentSession) else "verification"
