"""A site's calibration as its vault keeps it, and the calibrations in use where there is one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.decision.site_calibration.measurement import GROUP_ALLOWANCE, bound_rates, make_falling
from mlid_desktop.domain.errors import Code, ModelError


class SiteCalibration(BaseModel):
    """A site's calibration as a vault keeps it, with its provenance: when, by which two operators, of how many people
    and pairs; the extractor is the table's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    calibration: Calibration
    made_at: Annotated[str, Field(max_length=40)]
    pairs: Annotated[int, Field(ge=1)]
    left_out: Annotated[int, Field(ge=0)]
    carried_fmr: Annotated[float, Field(gt=0.0, le=1.0)]
    raised: Annotated[float, Field(ge=1.0)]
    made_by: Annotated[str, Field(max_length=100)]
    confirmed_by: Annotated[str, Field(max_length=100)]

    def content(self) -> bytes:
        """The bytes that are signed and stored."""
        return json.dumps(self.model_dump(mode="json"), separators=(",", ":"), ensure_ascii=False).encode()


def read_site_calibration(untrusted: bytes) -> SiteCalibration:
    """The checked content of a stored calibration. Raises ModelError(MODEL_UNCALIBRATED) with where and why."""
    try:
        return SiteCalibration.model_validate_json(untrusted)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ModelError(Code.MODEL_UNCALIBRATED, where=where, why=first["msg"]) from None


def bounded_by_shipped(kept: Calibration, shipped: Calibration) -> Calibration:
    """A stored table, raised wherever it would say less than a fifth of what the shipped one says of the group that is
    confused most: that holds whoever stored it, and under every later shipped table."""
    at = np.searchsorted(shipped.score, kept.score, side="right") - 1
    worst = np.where(at < 0, 1.0 * GROUP_ALLOWANCE, np.array(shipped.worst_fmr)[np.maximum(at, 0)])
    fmr = bound_rates(np.array(kept.fmr), worst)
    group = make_falling(np.minimum(1.0, np.maximum(np.array(kept.worst_fmr), fmr)))
    changed = {"fmr": tuple(fmr.tolist()), "limit_fmr": float(fmr[-1]), "group_fmr": tuple(group.tolist())}
    return Calibration.model_validate(kept.model_copy(update=changed).model_dump())


def substitute_site_calibrations(shipped: CalibrationSet, kept: tuple[SiteCalibration, ...]) -> CalibrationSet:
    """The calibrations in use where a site has its own: each in the place of the shipped one of the same extractor,
    today's or an earlier one. One of another extractor says nothing and is left out."""
    own = {(site.calibration.modality, site.calibration.extractor): site.calibration for site in kept}

    def chosen(made: Calibration) -> Calibration:
        site = own.get((made.modality, made.extractor))
        return made if site is None else bounded_by_shipped(site, made)

    today = {modality: chosen(made) for modality, made in shipped.today.items()}
    continuity = {  # a capture is held together as before
        **{modality: made for modality, made in shipped.today.items() if today[modality] is not made},
        **shipped.continuity,
    }
    return replace(shipped, today=today, earlier=tuple(map(chosen, shipped.earlier)), continuity=continuity)
