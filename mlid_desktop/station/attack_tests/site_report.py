"""The report of a site's own test: the same numbers and sentences as those of an evaluation on folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlid_desktop import __version__
from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.station.attack_tests.entries import KeptPresentation
from mlid_desktop.station.attack_tests.judging import judge_presentations
from mlid_desktop.station.attack_tests.report import attack_document, attack_lines
from mlid_desktop.station.attack_tests.windows import Matching
from mlid_desktop.station.documents.measurement import MeasurementPage
from mlid_desktop.station.documents.measurement_page import write_files
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.attack_test.plan import BONA_FIDE, PRESENTATIONS, ObservedPresentation


@dataclass(frozen=True, slots=True)
class TestMaterial:
    """What a report is made of: every presentation that was kept, the policy in force, the lowest score that counts as
    the person (None: without calibration), and the moment."""

    __test__ = False  # no test, whatever its name begins with

    presentations: tuple[KeptPresentation, ...] = field(repr=False)
    policy: Policy
    match_threshold: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SiteReport:
    """A report: its numbers, and its sentences."""

    document: dict[str, Any]
    lines: tuple[str, ...]


def make_site_report(material: TestMaterial, pipeline: Pipeline, language: Language) -> SiteReport:
    """Judges all that was recorded under the models in use. What other models made is counted apart: it cannot be
    compared."""
    counted = [entry for entry in material.presentations if entry.models in {"", pipeline.extractor.key}]
    shown: dict[str, list[ObservedPresentation]] = {BONA_FIDE: []}
    for entry in counted:
        shown.setdefault(_name(entry), []).append(ObservedPresentation(entry.shown.person, entry.frames))
    threshold = material.match_threshold
    matching = None if threshold is None else Matching(pipeline.similarity, threshold)
    result = judge_presentations(shown, material.policy.attack[FACE.modality], matching)
    others = len(material.presentations) - len(counted)
    around = {
        "program": f"MLID Desktop {__version__}",
        "made_on": material.at.astimezone(UTC).strftime("%Y-%m-%d"),
        "policy": material.policy.name,
        "models": {"face": pipeline.extractor.key},
        "sources": dict(Counter(entry.source.value for entry in counted)),
        "other_models": others,
        "presentations": dict(Counter(_name(entry) for entry in counted)),
    }
    lines = attack_lines(result, language) + _remarks(counted, others, language)
    return SiteReport(attack_document(result, around), lines)


def write_site_report(folder: Path, report: SiteReport, language: Language, *, replace: bool = False) -> None:
    """Writes the report's files into a folder: figures and labels alone, nothing of what was shown. Raises UsageError:
    USAGE_OUTPUT_EXISTS, USAGE_OUTPUT_UNWRITABLE."""
    title = language.text("Attack detection, tested on this site")
    write_files(folder, MeasurementPage(report.document, {}, {}, title, report.lines), language, replace=replace)


def _name(entry: KeptPresentation) -> str:
    return BONA_FIDE if entry.shown.species is None else entry.shown.species.value


def _remarks(counted: Sequence[KeptPresentation], others: int, language: Language) -> tuple[str, ...]:
    recorded = sum(entry.source is not SourceKind.LIVE for entry in counted)
    asked = _(
        "Laboratories ask six kinds of attack, {number} presentations each, none accepted, at most 15 of 100 "
        "living refused."
    )
    lines = [language.text(asked, number=PRESENTATIONS)]
    if recorded:
        said = language.text(
            "{number} of {all} presentations were not live: such figures say nothing of this site's cameras.",
            number=recorded,
            all=len(counted),
        )
        lines.append(said)
    if others:
        lines.append(language.text("Recorded under other models, and not counted: {number}.", number=others))
    return tuple(lines)
