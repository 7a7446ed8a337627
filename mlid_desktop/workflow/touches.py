"""The images of fingers in captures, as touches: what is compared with earlier ones, and kept when all went well."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.domain.templates import Touch, newest_touches
from mlid_desktop.workflow.take import Take


def touch_of(observation: Observation) -> Touch | None:
    """The touch that an observation of a finger is; None for other samples, and where there is no template."""
    sample, template = observation.sample, observation.template
    if not isinstance(sample, FingerSample) or template is None:
        return None
    shape = ",".join(str(side) for side in sample.image.shape).encode()
    digest = hashlib.sha256(shape + b"\0" + sample.image.tobytes()).digest()
    return Touch(observation.characteristic, digest, template.payload)


def touches_of(takes: Iterable[Take]) -> tuple[Touch, ...]:
    """The touches of whole takes in their order, as many of each finger as are kept."""
    found = (touch_of(take.observation) for take in takes)
    return newest_touches(tuple(touch for touch in found if touch is not None))
