"""Voices: cost against the length of the sound, speaker comparison, prompted digits, size of a template."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import SoundSample, SourceItem
from mlid_desktop.evaluation.voice import (
    datasets as voice_datasets,
)
from mlid_desktop.evaluation.voice import (
    prompts as voice_prompts,
)
from mlid_desktop.evaluation.voice import (
    speakers as voice_speakers,
)
from mlid_desktop.evaluation.voice.channels import Condition
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
COHORTS = ROOT / "resources" / "voice"
IDENTITY = DeviceIdentity("file", "bench", "bench")
ONE_CORE = 1
ENROLMENTS = 2


class WholeFile:
    """A recording as one sample, so that the bench measures no device."""

    kind = SourceKind.RECORDED
    identity = IDENTITY

    def __init__(self, path: str) -> None:
        self._path = path

    def samples(self) -> Iterator[SourceItem]:
        """One sample."""
        block, rate = soundfile.read(self._path, dtype="float32", always_2d=True)
        mono = np.asarray(block.mean(axis=1), np.float32)
        yield SoundSample(0, 0.0, Provenance(self.kind, IDENTITY), mono, rate)

    def close(self) -> None:
        """Nothing is open."""


def open_whole(address: str, _: Modality) -> Source:
    """``file:PATH``."""
    return WholeFile(address.partition(":")[2])


def run(report: Report) -> None:
    """Every figure that the issue names of voices."""
    if report.shared is None:
        report.note("no shared data: nothing to measure with")
        return
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    store = ModelStore(manifest, report.shared / "models" / "pack", threads=ONE_CORE)
    data = report.shared / "data" / "voice"
    cost(report, store, data / "librispeech")
    speakers(report, store, data / "librispeech")
    prompts(report, store, data / "fsdd")


def cost(report: Report, store: ModelStore, folder: Path) -> None:
    """All steps, AASIST too, against the length of the sound."""
    pipeline = voice_speakers.voice_pipeline(store, COHORTS)
    taken = lasted = 0.0
    for path in voice_datasets.list_recordings(folder)[::5]:
        sample = voice_datasets.read_sound(path, open_whole)
        if sample is not None:
            started = time.perf_counter()
            pipeline.observe(sample)
            taken += time.perf_counter() - started
            lasted += len(sample.block) / sample.rate
    report.figure("analysis, share of real time on one core", taken / lasted, "", at_most=0.25)


def speakers(report: Report, store: ModelStore, folder: Path) -> None:
    """Three recordings enrolled, one probed, in every choice."""
    result = voice_speakers.evaluate_voices(
        voice_datasets.read_sound_set(folder),
        voice_speakers.voice_pipeline(store, COHORTS),
        open_whole,
        lambda _, __: None,
    )
    report.figure("EER of speakers", result.rates.eer, "", at_most=0.02)
    report.figure("recordings with too little speech", result.fta, "")
    report.note(f"{len(result.genuine)} genuine, {len(result.impostor)} impostor trials of 5 speakers")


def prompts(report: Report, store: ModelStore, folder: Path) -> None:
    """Few trials: ``mlid evaluate voice-prompt`` does them all."""
    digits, pipeline = (
        voice_datasets.read_digit_set(folder),
        voice_prompts.prompt_pipeline(store, COHORTS, with_speaker=True),
    )
    for condition, noise_db in ((Condition.PLAIN, 15.0), (Condition.BOTH, 15.0), (Condition.BOTH, 10.0)):
        plan = voice_prompts.PromptPlan(3, ENROLMENTS, condition=condition, noise_db=noise_db)
        result = voice_prompts.evaluate_prompts(digits, plan, pipeline, open_whole, lambda _, __: None)
        bounded = condition is Condition.PLAIN
        name = plan.heard_in
        report.figure(f"{name}: genuine confirmed", result.confirmed.rate, "", at_least=0.99 if bounded else None)
        report.figure(f"{name}: wrong confirmed", result.wrong_confirmed.rate, "", at_most=0.001 if bounded else None)
        report.figure(f"{name}: withheld, in a room that is too loud", result.withheld.rate, "")
        report.figure(f"{name}: others pass both", result.stranger_passed.rate, "", at_most=0.01 if bounded else None)
