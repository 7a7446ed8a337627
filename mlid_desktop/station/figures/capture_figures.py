"""What is counted of the captures of an attempt that is over: quality, times and, of an acceptance, scores."""

from __future__ import annotations

from collections.abc import Iterable

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.vault.figures.day_figures import CAPTURE, UNIFIED, CaptureFigures
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.records.capture_record import CaptureRecord
from mlid_desktop.workflow.verification import VerificationSession


def figures_of(session: EnrolmentSession | VerificationSession | IdentificationSession) -> tuple[CaptureFigures, ...]:
    """The figures of every capture of the session that saw anything, those that were refused as well. Scores are those
    by which an accepted person was recognised, and apart from them those of a rejection."""
    recognised: set[Characteristic] = set()
    refused = False
    done: Iterable[CaptureRecord] = ()
    if isinstance(session, VerificationSession):
        decision, done = session.decision, session.done.values()
        if decision is not None and decision.verdict is Verdict.ACCEPTED:
            recognised = {result.characteristic for result in decision.results if result.passed}
        elif decision is not None and decision.verdict is Verdict.REJECTED and session.suspicion is None:
            recognised, refused = {result.characteristic for result in decision.results}, True
    elif isinstance(session, EnrolmentSession):
        done = session.kept.values()
    under_way = () if session.capture is None else (session.capture,)
    return tuple(_measured([*done, *under_way], recognised, refused=refused))


def _measured(
    captures: Iterable[CaptureRecord], compared_by: set[Characteristic], *, refused: bool
) -> Iterable[CaptureFigures]:
    for capture in captures:
        best = capture.best
        shown = capture.latest if best is None else best.observation
        if shown is None:
            continue
        quality = {component.measure.value: component.value for component in shown.quality.components}
        times = dict(shown.steps_ms)
        if capture.started_at is not None and capture.latest is not None:
            times[CAPTURE] = max(0.0, capture.latest.sample.captured_at - capture.started_at) * 1000
        compared = None if best is None or shown.characteristic not in compared_by else best.comparison
        yield CaptureFigures(
            shown.characteristic.modality,
            shown.provenance.device,
            {UNIFIED: shown.quality.unified, **quality},
            times,
            "" if best is None or compared is None else best.extractor,
            None if compared is None else compared.score,
            refused and compared is not None,
        )
