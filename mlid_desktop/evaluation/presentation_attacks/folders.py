"""Evaluation of presentation attack detection on folders of images and videos (ISO/IEC 30107-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.evaluation.datasets import Presentation
from mlid_desktop.evaluation.observations import OpenSource, Progress, observe_source
from mlid_desktop.evaluation.presentation_attacks.zoomed_pipeline import ZoomedPipeline
from mlid_desktop.station.attack_tests.judging import AttackResult, judge_presentations
from mlid_desktop.station.attack_tests.windows import Matching
from mlid_desktop.workflow.attack_test.plan import BONA_FIDE, ObservedFrame, ObservedPresentation
from mlid_desktop.workflow.attack_test.presentation import observed_frame


def evaluate_attacks(
    bona_fide: Sequence[Presentation],
    attacks: Mapping[str, Sequence[Presentation]],
    rules: AttackRules,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    nearer: Sequence[float] = (),
    match_threshold: float | None = None,
) -> AttackResult:
    """Observes every presentation with its pipeline, and judges disjoint windows of the policy's length. Attacks are
    shown once more for each of ``nearer``, so many times nearer, as a species of its own. Windows that score at least
    ``match_threshold`` against the person they are of count as that person (None: nothing is compared)."""
    pipelines: dict[str, Pipeline] = dict.fromkeys((BONA_FIDE, *attacks), pipeline)
    held_nearer = {
        f"{name} x{zoom:g}": (presentations, zoom)
        for name, presentations in attacks.items()
        for zoom in dict.fromkeys(nearer)
    }
    pipelines |= {name: ZoomedPipeline(pipeline, zoom) for name, (_, zoom) in held_nearer.items()}
    attacks = {**attacks, **{name: presentations for name, (presentations, _) in held_nearer.items()}}
    species = {BONA_FIDE: bona_fide, **attacks}
    total = sum(len(presentations) for presentations in species.values())
    shown: dict[str, list[ObservedPresentation]] = {name: [] for name in species}
    done = 0
    for name, presentations in species.items():
        for presentation in presentations:
            frames = _frames(presentation, pipelines[name], open_source)
            shown[name].append(ObservedPresentation(presentation.person, tuple(frames)))
            done += 1
            progress(done / total, presentation.person)
    matching = None if match_threshold is None else Matching(pipeline.similarity, match_threshold)
    return judge_presentations(shown, rules, matching)


def _frames(presentation: Presentation, pipeline: Pipeline, open_source: OpenSource) -> list[ObservedFrame]:
    """Results of a presentation's frames, as far as it could be read."""
    seen: list[ObservedFrame] = []

    def note(observation: Observation) -> None:
        seen.append(observed_frame(observation))

    with suppress(DeviceError):
        observe_source(presentation.address, FACE, pipeline, open_source, note)
    return seen
