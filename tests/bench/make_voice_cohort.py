"""``python -m tests.bench.make_voice_cohort COHORT_DIR NOISE_DIR MODELS_DIR OUT_DIR``: makes today's encoder's
``resources/voice/cohort-*.npz``.

Fourteen LibriSpeech speakers (V. Panayotov et al., ICASSP 2015, CC BY 4.0), each at ten speeds from 20/16 to 20/25: a
voice played faster is another voice, higher and with a shorter throat (speed perturbation as new speakers: H. Yamamoto
et al., Interspeech 2019). Each is heard as recorded, by telephone and in a room with noise, so that what lines and
rooms add counts as variation within a voice. The same bytes come out every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from mlid_desktop.evaluation.voice.lines_and_rooms import Surroundings, played
from mlid_desktop.modalities.vectors import unit_rows
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.extract import Encoder
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore

ROOT = Path(__file__).resolve().parents[2]
BASE, SPEEDS = 20, range(16, 26)
SEGMENT, STEP, REST = 4 * p.RATE, 3 * p.RATE, 2 * p.RATE
SMOOTHING = 1.0  # of the mean variance, added in all directions: fourteen people say little of so many dimensions


def main() -> None:
    """Reads, embeds, sums up, writes."""
    recordings, noise_folder, models, out = (Path(argument) for argument in sys.argv[1:5])
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    session = ModelStore(manifest, models, threads=1).open("speaker-embedding")
    noises = {path.stem: read(path) for path in sorted(noise_folder.glob("*.wav"))}
    encoder, rows, voice = Encoder(session), [], []
    for path in sorted(recordings.glob("*.flac")):
        wave = read(path)
        for speed in SPEEDS:
            faster = np.asarray(resample_poly(wave, BASE, speed), np.float32)
            for surroundings in Surroundings:
                heard = played(faster, surroundings, noises, f"{path.name}:{speed}")
                for start in range(0, max(1, len(heard) - REST), STEP):
                    rows.append(encoder.embed(heard[start : start + SEGMENT]))
                    voice.append(f"{path.stem} {speed}")
    file = out / p.COHORT_FILE.format(session.sha256[:12])
    out.mkdir(parents=True, exist_ok=True)
    voices = write_cohort(file, np.array(rows), np.array(voice))
    print(f"{len(rows)} segments, {voices} voices, {file.stat().st_size} bytes")


def write_cohort(file: Path, table: np.ndarray, names: np.ndarray) -> int:
    """Writes the statistics of embeddings (n, d) of the voices ``names`` (n,), and gives how many voices they are."""
    mean = table.mean(axis=0)
    centred = unit_rows(table - mean)
    within = np.zeros((len(mean), len(mean)))
    for name in np.unique(names):
        own = centred[names == name]
        within += (own - own.mean(axis=0)).T @ (own - own.mean(axis=0))
    within /= len(centred)
    within += SMOOTHING * np.trace(within) / len(within) * np.eye(len(within))
    turn = np.linalg.cholesky(np.linalg.inv(within))
    turn /= np.linalg.norm(turn) / np.sqrt(len(turn))
    turned = unit_rows((centred @ turn).astype(np.float32))
    voices = unit_rows(np.stack([turned[names == name].mean(axis=0) for name in np.unique(names)]))
    np.savez_compressed(file, mean=mean.astype("<f2"), turn=turn.astype("<f2"), voices=voices.astype("<f2"))
    return len(voices)


def read(path: Path) -> np.ndarray:
    """A recording at 16 kHz, mono, without its mean."""
    wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = wave.mean(axis=1)
    if rate != p.RATE:
        common = np.gcd(rate, p.RATE)
        mono = resample_poly(mono, p.RATE // common, rate // common)
    return np.asarray(mono - mono.mean(), np.float32)


if __name__ == "__main__":
    main()
