"""Captures that were made and not kept: for the review of one enrolment, never written anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.workflow.capture import CaptureState

MOST_UNUSED = 4  # of one characteristic: the newest, as each holds its pictures

UnusedCaptures = Mapping[Characteristic, tuple["UnusedCapture", ...]]


@dataclass(frozen=True, slots=True, eq=False)
class UnusedCapture:
    """A capture that was made and not kept; ``reason`` says why it could not be kept, None where the operator began
    again or captured anew."""

    capture: CaptureState
    reason: Reason | None

    @property
    def may_be_kept(self) -> bool:
        """Whether the capture was whole and nothing spoke against it, so that it may be kept after all."""
        return self.reason is None and self.capture.finished and bool(self.capture.takes)


def add_unused(
    before: UnusedCaptures, characteristic: Characteristic, capture: CaptureState, reason: Reason | None
) -> UnusedCaptures:
    """The captures not kept, with one more, the newest last. A capture in which nothing was taken leaves nothing to
    review."""
    if not capture.takes:
        return before
    aside = UnusedCapture(replace(capture, gathering=(), latest=None), reason)
    return {**before, characteristic: (*before.get(characteristic, ()), aside)[-MOST_UNUSED:]}


def reuse(before: UnusedCaptures, characteristic: Characteristic, index: int) -> tuple[CaptureState, UnusedCaptures]:
    """The capture at ``index`` among those not kept, and the others. Raises ValueError where it may not be kept."""
    those = before.get(characteristic, ())
    if not 0 <= index < len(those) or not those[index].may_be_kept:
        raise ValueError("nothing there that may be kept")
    return those[index].capture, {**before, characteristic: those[:index] + those[index + 1 :]}


def drop_unused(before: UnusedCaptures, characteristic: Characteristic) -> UnusedCaptures:
    """The captures not kept, without any of this characteristic."""
    return {other: those for other, those in before.items() if other != characteristic}
