"""Makes a portrait of the best frame of an enrolment, and cuts what is captured alike, so that the two are compared."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np

from mlid_desktop.devices.formats.still_codec import encode_small
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.domain.templates import Portrait
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.records.portrait_frame import portrait_frame

MOST_BYTES: Final = 7_900  # two sealed portraits share a page of the database


def cropped_face(observation: Observation) -> Image | None:
    """The picture of a captured face, cut like a portrait, so that the two are compared at one scale. None of other
    samples, and where no face was found."""
    sample = observation.sample
    if not isinstance(sample, FrameSample) or not observation.regions:
        return None
    from mlid_desktop.modalities.face.align import crop_portrait  # noqa: PLC0415 - late: start-up

    return crop_portrait(sample.image, np.array(observation.regions[0].points, np.float64))


def portrait_of(session: EnrolmentSession, now: datetime) -> Portrait | None:
    """The portrait that is kept with an enrolment; None where policy, consent or evidence give none."""
    frame = portrait_frame(session)
    picture = None if frame is None else cropped_face(frame)
    content = None if picture is None else encode_small(picture, MOST_BYTES)
    if frame is None or content is None:
        return None
    return Portrait(content, now, frame.provenance.kind.value)
