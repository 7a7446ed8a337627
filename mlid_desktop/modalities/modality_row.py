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
    in a demo vault, a store of the built-in models. ``sparing``: at a desk, what costs much is done of samples alone
    that can be kept."""

    models: ModelStore
    learnt: Path
    builtin: ModelStore | None = None
    sparing: bool = False


OpenPipeline = Callable[[PipelineMaterials], Pipeline]


@dataclass(frozen=True, slots=True)
class BuiltinModels:
    """Small models that come with the program: they stand in, for evaluation, where no file of ``missing_roles`` is
    installed. ``open`` is given their store as ``models``; it raises ModelError. Without all ``attack_roles`` nothing
    looks for attacks, and the modality serves evaluation alone, whatever compares; so it does without all
    ``needed_roles``."""

    missing_roles: tuple[str, ...]
    open: OpenPipeline
    attack_roles: tuple[str, ...] = ()
    needed_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractorVariant:
    """One of several extractors that a modality has by what is installed: the ``name`` of the extractor, the ``roles``
    of the models that it alone needs, and the names of the ``earlier`` ones whose references it also compares. With
    ``continuity`` it tells by the extractor of that name whether samples of one capture are of one person."""

    name: str
    roles: tuple[str, ...]
    earlier: tuple[str, ...] = ()
    continuity: str = ""


@dataclass(frozen=True, slots=True)
class ModalityRow:
    """A modality as the registry lists it: its facts, and ``open``, which gives its pipeline. It imports what it needs
    when it is called, and raises ModelError. ``succeeding_role`` is that of a model without which the extractor before
    it does the work, with its own calibration; "" where there is none. ``variants``, the best first, take its place
    where there are more than two. ``models`` says how the names of the roles begin whose models it uses."""

    facts: ModalityFacts
    open: OpenPipeline
    builtin: BuiltinModels | None = None
    succeeding_role: str = ""
    variants: tuple[ExtractorVariant, ...] = ()
    models: tuple[str, ...] = ()
