"""Calibration: the error rate that a comparison score stands for, never beyond what the calibration data carry."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Band, Meaning
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.text import toml_content

MAX_CALIBRATION_BYTES = 1024 * 1024
MAX_POINTS = 2000
MAX_GROUPS = 32
FAR_BETTER = 0.1  # of the false match rate that is asked


class Calibration(BaseModel):
    """A table from comparison score to error rate, with its provenance.

    ``score`` rises; ``fmr`` is the upper 95 % bound of the false match rate when scores >= ``score`` are taken for the
    same person, and falls with it; ``llr`` is the natural log-likelihood ratio and rises. ``limit_fmr`` is the smallest
    rate the data carry: with N independent impostor comparisons and none at or above a score, 3 / N (ISO/IEC 19795-1).
    With ``groups`` (their people by name) ``group_fmr`` is the bound within whichever of them is worst (ISO/IEC
    19795-10), and ``fmr`` is never below a fifth of it: who are confused most stay within five times what is asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    modality: Modality
    extractor: Annotated[str, Field(min_length=1, max_length=300)]
    dataset: Annotated[str, Field(min_length=1, max_length=500)]
    people: Annotated[int, Field(ge=2)]
    genuine: Annotated[int, Field(ge=1)]
    impostor: Annotated[int, Field(ge=1)]
    method: str
    made_on: str
    limit_fmr: Annotated[float, Field(gt=0.0, lt=1.0)]
    score: Annotated[tuple[float, ...], Field(min_length=2, max_length=MAX_POINTS)]
    fmr: Annotated[tuple[float, ...], Field(min_length=2, max_length=MAX_POINTS)]
    llr: Annotated[tuple[float, ...], Field(min_length=2, max_length=MAX_POINTS)]
    groups: Annotated[dict[str, int], Field(max_length=MAX_GROUPS)] = {}
    group_fmr: Annotated[tuple[float, ...], Field(max_length=MAX_POINTS)] = ()

    @model_validator(mode="after")
    def _is_a_monotone_table(self) -> Self:
        if not len(self.score) == len(self.fmr) == len(self.llr):
            raise ValueError("score, fmr and llr have the same length")
        if not all(math.isfinite(value) for value in (*self.score, *self.fmr, *self.llr)):
            raise ValueError("the table is finite")
        if np.any(np.diff(self.score) <= 0) or np.any(np.diff(self.fmr) > 0) or np.any(np.diff(self.llr) < 0):
            raise ValueError("score rises, fmr never rises, llr never falls")
        if self.fmr[0] > 1.0 or self.fmr[-1] < self.limit_fmr * (1 - 1e-9):
            raise ValueError("fmr stays within 1 and the limit of the data")
        if self.group_fmr and (len(self.group_fmr) != len(self.fmr) or np.any(np.diff(self.group_fmr) > 0)):
            raise ValueError("group_fmr has the same length and never rises")
        if not all(0.0 < rate <= 1.0 for rate in self.group_fmr):
            raise ValueError("group_fmr is a rate")
        return self

    @property
    def worst_fmr(self) -> tuple[float, ...]:
        """The bound for the group that is confused most, where groups were looked at; that of all otherwise."""
        return self.group_fmr or self.fmr

    def meaning(self, score: float) -> Meaning:
        """The error rate that a score stands for: that of the nearest tabulated score not above it, so that nothing is
        claimed that was not measured. A score below the table, or NaN, means a rate of 1."""
        index = int(np.searchsorted(self.score, score, side="right")) - 1 if math.isfinite(score) else -1
        if index < 0:
            return Meaning(self.llr[0], 1.0, capped=False)
        llr = float(np.interp(score, self.score, self.llr))
        return Meaning(llr, self.fmr[index], capped=self.fmr[index] <= self.limit_fmr * (1 + 1e-9))

    def threshold(self, fmr: float) -> float:
        """The lowest tabulated score whose false match rate is at most ``fmr``.

        Raises ModelError(MODEL_UNCALIBRATED) where the data do not carry that rate.
        """
        index = next((row for row, rate in enumerate(self.fmr) if rate <= fmr), None)
        if index is None:
            raise ModelError(Code.MODEL_UNCALIBRATED, modality=self.modality.value, asked=fmr, carried=self.limit_fmr)
        return self.score[index]


def read_calibration(untrusted: bytes) -> Calibration:
    """The checked calibration of a TOML file. Raises ModelError(MODEL_UNCALIBRATED) with where and why."""
    if len(untrusted) > MAX_CALIBRATION_BYTES:
        raise ModelError(Code.MODEL_UNCALIBRATED, where="file", why="too large")
    try:
        return Calibration.model_validate(toml_content(untrusted))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ModelError(Code.MODEL_UNCALIBRATED, where=where, why=first["msg"]) from None
    except ValueError as fault:
        raise ModelError(Code.MODEL_UNCALIBRATED, where="file", why=str(fault)) from None


def band_of(meaning: Meaning | None, asked_fmr: float) -> Band | None:
    """The band in which a false match rate lies, relative to the one that is asked; None where nothing was compared."""
    if meaning is None:
        return None
    if meaning.fmr > asked_fmr:
        return Band.BELOW
    return Band.FAR_BETTER if meaning.fmr <= FAR_BETTER * asked_fmr else Band.BETTER
