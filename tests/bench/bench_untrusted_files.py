"""What files that somebody else made cost: minutiae records and templates, which are read in this program, and videos
and sound, which the media helper takes apart; and what the helper costs an import of pictures.

Pictures and image records have a bench of their own (``python -m tests.bench.fuzz_pictures``).
"""

from __future__ import annotations

import base64
import os
import random
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import soundfile

from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.decoding.media import MediaDecoder
from mlid_desktop.devices.decoding.media_messages import FIRST_MEGABYTE_S
from mlid_desktop.devices.formats.encoded_text import decoded_text
from mlid_desktop.devices.formats.image_decoding import decode_colour
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.errors import DeviceError, ModelError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.modalities.face.opening import open_face_pipeline
from mlid_desktop.modalities.fingerprint.minutiae_records.conversion import minutiae_of
from mlid_desktop.modalities.fingerprint.minutiae_records.native import MAGIC, read_native
from mlid_desktop.modalities.fingerprint.minutiae_records.reading import read_leniently
from mlid_desktop.modalities.fingerprint.minutiae_records.record import IDENTIFIER
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from mlid_desktop.synthetic.face.motion import IdleMotion
from mlid_desktop.synthetic.face.portrait import SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from tests.bench import fuzz_records
from tests.bench.fuzz_wsq import bend
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024
LONGEST_S, MOST_BYTES = 2.0, 512 * MEGABYTE
BENT, PICTURES, ROUNDS = 300, 24, 3
SEED = 20261128


def run(report: Report) -> None:
    """Every figure of decision 36 about files."""
    records(report)
    media(report)
    pictures(report)


def records(report: Report) -> None:
    """Records and templates of up to a megabyte, as bytes and as text: time and memory in this process."""
    longest, most, worst, outcomes = 0.0, 0, "", Counter[str]()
    for name, content in costly_records():
        for form, untrusted in (
            ("bytes", content),
            ("base64", base64.b64encode(content)),
            ("hex", content.hex().encode()),
        ):
            begun = time.process_time()
            outcome = _read(untrusted)
            took = time.process_time() - begun
            tracemalloc.start()
            _read(untrusted)
            held = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            outcomes[outcome] += 1
            most = max(most, held)
            if took > longest:
                longest, worst = took, f"{name}, {form}"
    report.note(f"records of a megabyte: {dict(outcomes)}; the longest is {worst}")
    report.figure("records: longest", longest, "s", at_most=LONGEST_S)
    report.figure("records: memory", most / MEGABYTE, "MB", at_most=MOST_BYTES / MEGABYTE)


def _read(untrusted: bytes) -> str:
    content = decoded_text(untrusted, (IDENTIFIER, MAGIC))
    try:
        if content.startswith(MAGIC):
            read_native(content)
            return "template"
        reading = read_leniently(content)
        for view in reading.record.views:
            minutiae_of(reading.record, view)
    except ModelError as fault:
        return str(fault.facts.get("why", fault.code.value))
    return "record"


def costly_records() -> Iterator[tuple[str, bytes]]:
    """Records that ask for all that their editions allow: as many views, minutiae and extensions as fit."""
    for number, good in enumerate(fuzz_records.seeds()):
        yield f"ordinary {number}", good
        yield f"padded {number}", (good + bytes(MEGABYTE))[:MEGABYTE]
        yield f"repeated {number}", (good * (MEGABYTE // len(good) + 1))[:MEGABYTE]
    minutia = bytes.fromhex("406400641064")
    views = b"".join(
        bytes([1 + number % 10, 0, 80, 255])
        + minutia * 255
        + (65_532).to_bytes(2, "big")
        + b"\x01\x00\x00\x04" * 16_383
        for number in range(15)
    )
    head = b"\x00\x00" + (500).to_bytes(2, "big") * 2 + (197).to_bytes(2, "big") * 2 + bytes([15, 0])
    whole = IDENTIFIER + b" 20\0" + (24 + len(views)).to_bytes(4, "big") + head + views
    yield "fifteen views of 16,383 extensions", whole[:MEGABYTE]
    few = bytes([1, 0, 80, 255]) + minutia * 255 + b"\0\0"
    yield (
        "176 views of 255 minutiae",
        (IDENTIFIER + b" 20\0" + (24 + 176 * len(few)).to_bytes(4, "big") + head[:-2] + bytes([176, 0]) + few * 176),
    )


def media(report: Report) -> None:
    """Videos and sound of up to a megabyte: what the helper holds, and the most processor time for an answer."""
    with tempfile.TemporaryDirectory() as made_in:
        folder = Path(made_in)
        made = {**_videos(folder), **_sounds(folder)}
        measured = _Measured()
        for path in made.values():
            measured.take(path)
        report.note(f"{len(made)} made recordings: {dict(measured.outcomes)}; the longest is {measured.worst}")
        report.figure("made recordings: most work for an answer", measured.longest_s, "s", at_most=LONGEST_S)
        report.figure("made recordings: memory of the helper", measured.most_bytes / MEGABYTE, "MB", at_most=512)
        bent = _Measured()
        small = [path for path in made.values() if path.stat().st_size < MEGABYTE // 4]
        for number in range(BENT):
            chance = random.Random(f"{SEED}/{number}")
            source = chance.choice(small)
            path = folder / f"bent{source.suffix}"
            path.write_bytes(bend(source.read_bytes(), chance)[:MEGABYTE])
            bent.take(path)
        report.note(f"{BENT} bent recordings: {dict(bent.outcomes)}")
        report.figure("bent recordings: most work for an answer", bent.longest_s, "s", at_most=LONGEST_S)
        report.figure("bent recordings: memory of the helper", bent.most_bytes / MEGABYTE, "MB", at_most=512)


class _Measured:
    """What recordings took at most, of one helper that is replaced when it ends."""

    def __init__(self) -> None:
        self.decoder = MediaDecoder()
        self.longest_s, self.most_bytes, self.worst = 0.0, 0, ""
        self.outcomes: Counter[str] = Counter()

    def take(self, path: Path) -> None:
        """Takes a recording apart, to its end. Raises whatever is no typed fault."""
        begun = self._worked()
        try:
            if path.suffix in {".avi", ".mp4"}:
                for _ in self.decoder.frames(path, 1):
                    begun = self._note(path, begun)
                outcome = "video"
            else:
                self.decoder.sound(path)
                outcome = "sound"
        except DeviceError as fault:
            outcome = f"{fault.code.value} {fault.facts.get('why', '')}".strip()
            if fault.facts.get("why") == "time":
                self.longest_s, self.worst = max((self.longest_s, self.worst), (FIRST_MEGABYTE_S, path.name))
        self._note(path, begun)
        self.outcomes[outcome] += 1

    def _worked(self) -> float:
        """Processor seconds of the helper so far; 0 where there is none."""
        try:
            fields = Path(f"/proc/{self.decoder.helper_number}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _note(self, path: Path, begun: float) -> float:
        now = self._worked()
        if begun > 0.0 and now - begun > self.longest_s:  # the start of a helper is not the recording's
            self.longest_s, self.worst = now - begun, path.name
        try:
            status = Path(f"/proc/{self.decoder.helper_number}/status").read_text()
        except OSError:
            return now
        held = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
        self.most_bytes = max(self.most_bytes, int(held) * 1024)
        return now


def _videos(folder: Path) -> dict[str, Path]:
    made: dict[str, Path] = {}
    for name, code, size, frames in (
        ("usual", "MJPG", (640, 480), 20), ("large", "MJPG", (8192, 7680), 2), ("wide", "mp4v", (4096, 2304), 12),
        ("long", "mp4v", (64, 48), 3000),
    ):  # fmt: skip  # a line is a video
        path = folder / f"{name}.{'avi' if code == 'MJPG' else 'mp4'}"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 25.0, size)
        for number in range(frames):
            writer.write(np.full((size[1], size[0], 3), number % 200, np.uint8))
        writer.release()
        if path.is_file() and 0 < path.stat().st_size <= 4 * MEGABYTE:
            made[name] = path
    return made


def _sounds(folder: Path) -> dict[str, Path]:
    made: dict[str, Path] = {}
    tone = (0.3 * np.sin(np.arange(48_000) / 8)).astype(np.float32)
    for name, channels, seconds, form in (
        ("usual.wav", 1, 3, "WAV"), ("silence.flac", 8, 590, "FLAC"), ("silence.ogg", 1, 590, "OGG"),
        ("speech.mp3", 1, 120, "MP3"), ("usual.flac", 1, 10, "FLAC"),
    ):  # fmt: skip  # a line is a sound
        path = folder / name
        block = np.zeros((48_000, channels), np.float32) if "silence" in name else np.repeat(tone[:, None], channels, 1)
        with soundfile.SoundFile(path, "w", 48_000, channels, format=form) as file:
            for _ in range(seconds):
                file.write(block)
        if path.stat().st_size <= MEGABYTE or "usual" in name:
            made[name] = path
    return made


def pictures(report: Report) -> None:
    """An import of pictures with the decoder in a helper, over one that decodes in the program."""
    if report.shared is None:
        report.note("no shared data: no models to import with")
        return
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    pipeline = open_face_pipeline(
        ModelStore(manifest, report.shared / "models" / "pack", 1), ROOT / "resources" / "face"
    )
    files = [_jpeg(seed) for seed in range(1, PICTURES + 1)]
    stamp = SampleStamp(DeviceIdentity("dir", "bench", "bench"), SourceKind.RECORDED)

    def imported(decode: Callable[[bytes], np.ndarray]) -> float:
        begun = time.perf_counter()
        for content in files:
            pipeline.observe(stamp.frame(decode(content)))
        return time.perf_counter() - begun

    def decoded(decode: Callable[[bytes], np.ndarray]) -> float:
        begun = time.perf_counter()
        for content in files:
            decode(content)
        return time.perf_counter() - begun

    with PictureDecoder() as decoder:
        decoder.colour(files[0])
        rounds = [(imported(decoder.colour), imported(decode_colour)) for _ in range(ROUNDS)]
        alone = [(decoded(decoder.colour), decoded(decode_colour)) for _ in range(ROUNDS)]
    best = [min(column) for column in zip(*rounds, strict=True)]
    bare = [1000 * min(column) / len(files) for column in zip(*alone, strict=True)]
    report.note(
        f"{len(files)} pictures of 1280x720; decoding alone {bare[0]:.1f} ms in the helper, {bare[1]:.1f} ms here"
    )
    report.figure("import of faces through the helper, over in the program", best[0] / best[1], "", at_most=1.2)


def _jpeg(seed: int) -> bytes:
    moment = IdleMotion(seed).at(60)
    frame = SyntheticPortrait(sample_person(seed)).frame(moment.pose, moment.expression, 60)
    return cv2.imencode(".jpg", frame)[1].tobytes()
