"""Reads, converts and compares fingers in files: pictures, minutiae records and this program's own templates. Nothing
of it enters a vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.formats.encoded_text import decoded_text
from mlid_desktop.devices.formats.media_files import read_media_bytes
from mlid_desktop.devices.recorded.finger_images import read_finger
from mlid_desktop.devices.recorded.images_and_video import DEFAULT_DPI
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.decisions import Meaning
from mlid_desktop.domain.errors import Code, ModelError, UsageError
from mlid_desktop.domain.ports import BackwardCompatible, Pipeline
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.modalities.fingerprint.compare import compare_cylinders, prepare
from mlid_desktop.modalities.fingerprint.minutiae_records.conversion import minutiae_of, view_of
from mlid_desktop.modalities.fingerprint.minutiae_records.native import (
    MAGIC,
    MadeBy,
    NativeFinger,
    read_native,
    write_native,
)
from mlid_desktop.modalities.fingerprint.minutiae_records.reading import read_leniently
from mlid_desktop.modalities.fingerprint.minutiae_records.record import (
    IDENTIFIER,
    Edition,
    Leniency,
    MinutiaeRecord,
)
from mlid_desktop.modalities.fingerprint.minutiae_records.writing import write_record
from mlid_desktop.modalities.fingerprint.parameters import RESOLUTION
from mlid_desktop.modalities.fingerprint.templates import Impression, decode_impressions
from mlid_desktop.station.administration.template_formats import StoredFormat

NEWEST = {StoredFormat.ISO: Edition.ISO_2011, StoredFormat.ANSI: Edition.ANSI_2009_AM1}


class Origin(StrEnum):
    """The kind of file that a finger came from."""

    PICTURE = "picture"
    RECORD = "record"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class StoredFinger:
    """A finger read from a file; ``position`` and ``quality`` (0 to 100) are None where the file does not state them,
    ``size`` (height, width) is that of the picture at 500 dpi where there was one, ``made_by`` is None for records."""

    impressions: tuple[Impression, ...] = field(repr=False)
    origin: Origin
    position: FingerPosition | None = None
    quality: int | None = None
    size: tuple[int, int] | None = None
    made_by: MadeBy | None = None

    @property
    def minutiae(self) -> int:
        """Number of minutiae in the first impression."""
        return len(self.impressions[0].minutiae)

    @property
    def minutiae_alone(self) -> bool:
        """Whether the file holds minutiae without ridge orientation, as the records of the standards do."""
        return not any(impression.flow.blocks.size for impression in self.impressions)


@dataclass(frozen=True, slots=True)
class Stored:
    """The content of a template file: at least one finger, or the ``reason`` why its picture gave none; with a finger,
    the reason is what its quality lacks. ``leniencies``: deviations of a record from its standard."""

    fingers: tuple[StoredFinger, ...] = ()
    reason: Reason | None = None
    leniencies: tuple[Leniency, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """Result of comparing two fingers from files: ``score`` 0..1; ``meaning`` None where nothing was measured on
    templates of this kind."""

    score: float
    meaning: Meaning | None


def read_stored(path: Path, pipeline: Pipeline, decoder: PictureDecoder, dpi: int | None = None) -> Stored:
    """Reads the fingers in a file of any kind; ``decoder`` reads pictures. ``dpi`` overrides the resolution that a
    picture states.

    Raises UsageError(USAGE_PATH_MISSING), DeviceError for pictures and ModelError for records that cannot be read.
    """
    if not is_there(path):
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path))
    stored = read_media_bytes(path)
    untrusted = decoded_text(stored, (IDENTIFIER, MAGIC))
    as_text = () if untrusted is stored else (Leniency.TEXT,)
    if untrusted.startswith(IDENTIFIER):
        read = read_leniently(untrusted, dpi)
        return Stored(_of_record(read.record), leniencies=(*as_text, *read.leniencies))
    if untrusted.startswith(MAGIC):
        return Stored((_of_native(read_native(untrusted)),), leniencies=as_text)
    return _of_picture(path, pipeline, decoder, dpi)


def is_there(path: Path) -> bool:
    """Whether a file exists at the path; False for names that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def write_stored(fingers: Sequence[StoredFinger], wanted: StoredFormat) -> bytes:
    """The fingers as the bytes of one file. Raises UsageError for several in a format that holds one."""
    if wanted is not StoredFormat.NATIVE:
        return write_record(_record(fingers, NEWEST.get(wanted) or Edition(wanted.value)))
    if len(fingers) > 1:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--finger")
    only = fingers[0]
    return write_native(NativeFinger(only.impressions, _code(only.position), only.quality or 0, only.made_by))


def pipeline_for(paths: Sequence[Path], pipeline: Pipeline) -> Pipeline:
    """The pipeline by which pictures among these files are read: that of the extractor which made the first template of
    this program among them, where the station has it, else today's. Raises as :func:`read_stored`."""
    parts = (pipeline, *(pipeline.earlier if isinstance(pipeline, BackwardCompatible) else ()))
    for path in paths:
        untrusted = decoded_text(read_media_bytes(path), (MAGIC,)) if is_there(path) else b""
        if untrusted.startswith(MAGIC):
            made_by = read_native(untrusted).made_by
            return next((part for part in parts if _made_by(part) == made_by), pipeline)
    return pipeline


def compare_stored(first: StoredFinger, second: StoredFinger, calibration: Calibration | None) -> Likeness:
    """Compares two fingers from files. The calibration applies where both are whole templates of this program; minutiae
    alone give other scores, which it does not cover. Raises ModelError(MODEL_EXTRACTOR_MISMATCH) for templates of two
    extractors."""
    if first.made_by is not None and second.made_by is not None and first.made_by != second.made_by:
        expected, found = (f"{name}/{version}" for name, version in (first.made_by, second.made_by))
        raise ModelError(Code.MODEL_EXTRACTOR_MISMATCH, expected=expected, found=found)
    score = compare_cylinders(prepare(first.impressions), prepare(second.impressions))
    known = calibration is not None and not (first.minutiae_alone or second.minutiae_alone)
    return Likeness(score, calibration.meaning(score) if calibration is not None and known else None)


def select_fingers(fingers: Sequence[StoredFinger], position: FingerPosition | None) -> tuple[StoredFinger, ...]:
    """The fingers of this position; one without a stated position is taken as the one asked for.

    Raises UsageError(USAGE_BAD_ARGUMENT) where the file has other fingers only.
    """
    if position is None:
        return tuple(fingers)
    found = tuple(replace(finger, position=position) for finger in fingers if finger.position in (position, None))
    if not found:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--finger {position.value}")
    return found


def _of_picture(path: Path, pipeline: Pipeline, decoder: PictureDecoder, dpi: int | None) -> Stored:
    picture = read_finger(path, decoder, dpi)
    resolution = float(picture.dpi or DEFAULT_DPI)
    from_file = Provenance(SourceKind.RECORDED, DeviceIdentity("image", str(path), path.name))
    observation = pipeline.observe(FingerSample(0, 0.0, from_file, picture.image, resolution))
    if observation.template is None:
        return Stored(reason=observation.reason or Reason.NO_FINGER)
    height, width = (round(side * RESOLUTION / resolution) for side in picture.image.shape)
    quality = observation.quality.unified if observation.quality.unified >= 0 else None
    impressions = decode_impressions(observation.template.payload)
    made_by = observation.template.extractor.name, observation.template.extractor.version
    finger = StoredFinger(impressions, Origin.PICTURE, quality=quality, size=(height, width), made_by=made_by)
    return Stored((finger,), observation.reason)


def _of_record(record: MinutiaeRecord) -> tuple[StoredFinger, ...]:
    return tuple(
        StoredFinger(
            (Impression(minutiae_of(record, view)),), Origin.RECORD, _position(view.position), view.quality,
            None if record.edition.size_in_header else (view.height, view.width),
        )
        for view in record.views
    )  # fmt: skip  # as the fields follow one another


def _of_native(native: NativeFinger) -> StoredFinger:
    position = _position(native.position)
    return StoredFinger(native.impressions, Origin.NATIVE, position, native.quality, made_by=native.made_by)


def _made_by(pipeline: Pipeline) -> MadeBy:
    return pipeline.extractor.name, pipeline.extractor.version


def _record(fingers: Sequence[StoredFinger], edition: Edition) -> MinutiaeRecord:
    """The fingers as a minutiae record; editions with one size for all views get one that holds them all."""
    views = [
        view_of(finger.impressions[0].minutiae, edition, _code(finger.position), finger.quality or 0, finger.size)
        for finger in fingers
    ]
    if edition.size_in_header:
        width, height = max(view.width for view in views), max(view.height for view in views)
        views = [replace(view, width=width, height=height) for view in views]
    seen: dict[int, int] = {}
    numbered = []
    for view in views:
        numbered.append(replace(view, number=seen.get(view.position, 0)))
        seen[view.position] = seen.get(view.position, 0) + 1
    return MinutiaeRecord(edition, tuple(numbered))


def _position(code: int) -> FingerPosition | None:
    return list(FingerPosition)[code - 1] if code else None


def _code(position: FingerPosition | None) -> int:
    return position.iso_code if position is not None else 0
