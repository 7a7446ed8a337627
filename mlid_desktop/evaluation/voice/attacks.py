"""Evaluation of attacks by voice: how well synthetic and converted speech is told from bona fide speech (ISO/IEC
30107-3).

A detector of fakes easily learns lengths and codecs: bona fide recordings are cut to the lengths of the attacks and go
through the same codec before they are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.samples import SoundSample
from mlid_desktop.evaluation.metrics import share_interval
from mlid_desktop.evaluation.observations import OpenSource, Progress
from mlid_desktop.evaluation.voice.datasets import read_sound

Codec = Callable[[SoundSample], SoundSample]
Liveness = NDArray[np.float64]

BPCERS = (0.05, 0.10)
LEAST_SECONDS = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Species:
    """One kind of attack by voice: its recordings, and the ``codec`` that bona fide speech goes through to be like
    them."""

    name: str
    attacks: tuple[Path, ...]
    codec: Codec


@dataclass(frozen=True, slots=True, eq=False)
class SpeciesResult:
    """Liveness of the attacks of one species and of bona fide speech made alike; of either how many gave no
    evidence."""

    attack: Liveness = field(repr=False)
    bona_fide: Liveness = field(repr=False)
    attack_missed: int
    bona_fide_missed: int

    def apcer(self, bpcer: float) -> tuple[int, float]:
        """The number of attacks accepted, and the threshold, where at most the share ``bpcer`` of bona fide speech is
        refused."""
        refused = int(np.floor(bpcer * len(self.bona_fide) + 1e-9))
        threshold = float(np.sort(self.bona_fide)[refused]) if refused < len(self.bona_fide) else np.inf
        return int(np.sum(self.attack >= threshold)), threshold


def evaluate_voice_attacks(
    bona_fide: Sequence[Path],
    species: Sequence[Species],
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
) -> dict[str, SpeciesResult]:
    """Evaluates every attack once, and every bona fide recording cut to lengths of the attacks in turn.

    Raises UsageError(USAGE_BAD_DATASET) where nothing gave evidence.
    """
    genuine = [sample for path in bona_fide if (sample := read_sound(path, open_source)) is not None]
    total, done = sum(len(kind.attacks) + len(genuine) for kind in species), 0
    results = {}
    for kind in species:
        attack, lengths = [], []
        for path in kind.attacks:
            sample = read_sound(path, open_source)
            if sample is not None:
                lengths.append(len(sample.block) / sample.rate)
                attack.append(_liveness(sample, pipeline))
            done += 1
            progress(done / total, path.name)
        shown = []
        for number, sample in enumerate(genuine):
            if lengths:
                part = cut_loudest(sample, lengths[number % len(lengths)])
                shown.append(_liveness(kind.codec(part), pipeline))
            done += 1
            progress(done / total, kind.name)
        known = [value for value in attack if value is not None]
        assessed = [value for value in shown if value is not None]
        if not known or not assessed:
            raise UsageError(Code.USAGE_BAD_DATASET, why=f"{kind.name}: no speech was found")
        results[kind.name] = SpeciesResult(
            np.array(known), np.array(assessed), len(attack) - len(known), len(shown) - len(assessed)
        )
    return results


def cut_loudest(sample: SoundSample, seconds: float) -> SoundSample:
    """The loudest ``seconds`` of a recording, so that they hold speech; a shorter recording stays whole."""
    wanted = max(1, round(max(seconds, LEAST_SECONDS) * sample.rate))
    if len(sample.block) <= wanted:
        return sample
    energy = np.concatenate([[0.0], np.cumsum(sample.block.astype(np.float64) ** 2)])
    start = int(np.argmax(energy[wanted:] - energy[:-wanted]))
    return replace(sample, block=np.ascontiguousarray(sample.block[start : start + wanted]))


def without_codec(sample: SoundSample) -> SoundSample:
    """Codec that changes nothing, for attacks that were never compressed."""
    return sample


def mp3_codec(rate: int) -> Codec:
    """A codec that encodes sound as MPEG layer III at a sample rate and decodes it again (libsndfile)."""

    def through(sample: SoundSample) -> SoundSample:
        import io  # noqa: PLC0415 - late: as below

        import soundfile  # noqa: PLC0415 - late: a library that most runs do not need
        from scipy.signal import resample_poly  # noqa: PLC0415 - late: a heavy import

        packed = io.BytesIO()
        block = np.asarray(resample_poly(sample.block, rate, sample.rate), np.float32)
        soundfile.write(packed, np.clip(block, -1.0, 1.0), rate, format="MP3")
        packed.seek(0)
        heard, _ = soundfile.read(packed, dtype="float32")
        return replace(sample, block=np.asarray(heard, np.float32), rate=rate)

    return through


def read_species(folder: Path, paths: Sequence[Path], mp3_rate: int = 44_100) -> tuple[Species, ...]:
    """Groups the recordings of a folder into species by file format: compressed ones are one species, plain ones
    another."""
    packed = tuple(path for path in paths if path.suffix.lower() == ".mp3")
    plain = tuple(path for path in paths if path.suffix.lower() != ".mp3")
    species = []
    if packed:
        species.append(Species(f"{folder.name}, mp3", packed, mp3_codec(mp3_rate)))
    if plain:
        species.append(Species(f"{folder.name}, plain", plain, without_codec))
    return tuple(species)


def voice_attack_document(results: Mapping[str, SpeciesResult], around: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a voice attack report: APCER of each species at fixed BPCERs, thresholds, counts, exact
    intervals."""
    apcer: dict[str, float] = {}
    bounds: dict[str, list[float]] = {}
    thresholds: dict[str, float] = {}
    for name, result in results.items():
        for bpcer in BPCERS:
            accepted, threshold = result.apcer(bpcer)
            label = f"{name} at BPCER {bpcer:.0%}"
            interval = share_interval(accepted, len(result.attack))
            apcer[label], bounds[label] = accepted / len(result.attack), [interval.low, interval.high]
            thresholds[label] = threshold
    return {
        "kind": "voice-attack",
        **around,
        "apcer": apcer,
        "intervals": {"apcer": bounds},
        "threshold_at_bpcer": thresholds,
        "presentations": {
            name: {
                "attacks": len(result.attack),
                "attacks_without_speech": result.attack_missed,
                "bona_fide": len(result.bona_fide),
                "bona_fide_without_speech": result.bona_fide_missed,
            }
            for name, result in results.items()
        },
    }


def _liveness(sample: SoundSample, pipeline: Pipeline) -> float | None:
    attack = pipeline.observe(sample).attack
    return None if attack is None else attack.liveness
