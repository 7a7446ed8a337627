"""One row of the modality registry: all that the program asks of a modality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.domain.modality_facts import ModalityFacts
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.models.store import ModelStore


@dataclass(frozen=True, slots=True, eq=False)
class PipelineMaterials:
    """What a pipeline is opened with: a store of models, the folder of cohort statistics learnt from many people, and,
    in a demo vault, a store of the built-in models."""

    models: ModelStore
    learnt: Path
    builtin: ModelStore | None = None


OpenPipeline = Callable[[PipelineMaterials], Pipeline]


@dataclass(frozen=True, slots=True)
class BuiltinModels:
    """Small models that come with the program: they stand in, for evaluation, where the file of ``missing_role`` is not
    in the model pack. ``open`` is given their store as ``models``; it raises ModelError."""

    missing_role: str
    open: OpenPipeline


@dataclass(frozen=True, slots=True)
class ModalityRow:
    """A modality as the registry lists it: its facts, and ``open``, which gives its pipeline. It imports what it needs
    when it is called, and raises ModelError. ``succeeding_role`` is that of a model without which the extractor before
    it does the work, with its own calibration; "" where there is none."""

    facts: ModalityFacts
    open: OpenPipeline
    builtin: BuiltinModels | None = None
    succeeding_role: str = ""
