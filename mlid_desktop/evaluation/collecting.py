"""A session that gathers evidence without deciding anything, so that evaluation drives the same runner as the desk."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CapturePlan, CaptureState

UNBOUNDED = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class CollectingSession:
    """Publishes each piece of evidence as ``latest``; its capture never completes before the source ends."""

    capturing: Characteristic
    latest: Evidence | None = None
    ended: bool = False

    @property
    def capture(self) -> CaptureState:
        """An empty capture: no gate is applied and nothing is kept."""
        return CaptureState(CapturePlan(self.capturing, takes=UNBOUNDED), ended=self.ended)

    def advance(self, event: events.Event) -> CollectingSession:
        """Remembers the newest evidence."""
        if isinstance(event, Evidence):
            return replace(self, latest=event)
        return replace(self, ended=True)
