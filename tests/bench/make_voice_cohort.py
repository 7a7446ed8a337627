"""``python -m tests.bench.make_voice_cohort COHORT_DIR MODELS_DIR OUT_DIR``: makes ``resources/voice/cohort-*.npz``.

Fourteen LibriSpeech speakers (V. Panayotov et al., ICASSP 2015, CC BY 4.0), each at ten speeds from 20/16 to 20/25: a
voice played faster is another voice, higher and with a shorter throat (speed perturbation as new speakers: H. Yamamoto
et al., Interspeech 2019). The same bytes come out every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from mlid_desktop.modalities.vectors import unit_rows
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.extract import Encoder
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore

ROOT = Path(__file__).resolve().parents[2]
BASE, SPEEDS = 20, range(16, 26)
SEGMENT, STEP, REST = 4 * p.RATE, 3 * p.RATE, 2 * p.RATE
SMOOTHING = 1.0  # of the mean variance, added in all directions: fourteen people say little of 128 dimensions


def main() -> None:
    """Reads, embeds, sums up, writes."""
    recordings, models, out = (Path(argument) for argument in sys.argv[1:4])
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    session = ModelStore(manifest, models, threads=1).open("speaker-embedding")
    encoder, rows, voice = Encoder(session), [], []
    for path in sorted(recordings.glob("*.flac")):
        wave, _ = soundfile.read(path, dtype="float32")
        for speed in SPEEDS:
            played = np.asarray(resample_poly(wave, BASE, speed), np.float32)
            for start in range(0, max(1, len(played) - REST), STEP):
                rows.append(encoder.embed(played[start : start + SEGMENT]))
                voice.append(f"{path.stem} {speed}")
    table, names = np.array(rows), np.array(voice)
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
    out.mkdir(parents=True, exist_ok=True)
    file = out / p.COHORT_FILE.format(session.sha256[:12])
    np.savez_compressed(file, mean=mean.astype("<f2"), turn=turn.astype("<f2"), voices=voices.astype("<f2"))
    print(f"{len(rows)} segments, {len(voices)} voices, {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
