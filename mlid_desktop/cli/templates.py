"""``mlid template`` and ``mlid compare``: convert fingerprint templates in files, and compare two of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from mlid_desktop.cli import json_documents, options
from mlid_desktop.cli.context import Program, leave
from mlid_desktop.decision.calibration_set import calibration_for
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.station.administration.template_formats import StoredFormat
from mlid_desktop.station.documents.output_files import require_writable, write_private
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import FINGERS, REASONS, meaning_text

if TYPE_CHECKING:
    from mlid_desktop.station.administration.template_files import Likeness, Stored, StoredFinger

DpiOption = Annotated[
    int | None, typer.Option("--dpi", min=250, max=1100, help=_("Resolution of pictures; else what the file says."))
]
FingerOption = Annotated[
    FingerPosition | None, typer.Option("--finger", help=_("Which finger; of a record, which of its fingers."))
]


def template(
    file: Annotated[Path, typer.Argument(help=_("Picture of a finger, minutiae record or template."))],
    out: Annotated[
        Path, typer.Option("--out", "-o", help=_("New file. False fingers can be made from it: keep it safe."))
    ],
    wanted: Annotated[StoredFormat, typer.Option("--format", help=_("How to write it."))] = StoredFormat.ISO,
    dpi: DpiOption = None,
    finger: FingerOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Take the template of a finger from a file, or turn one kind of template into another."""
    from mlid_desktop.station.administration.template_files import select_fingers, write_stored  # noqa: PLC0415 - late: start-up

    program = Program.start(as_json=as_json)
    require_writable(out, (file,), replace=force)
    read = _read(program, file, dpi, program.station.pipelines().open(Modality.FINGERPRINT))
    fingers = select_fingers(read.fingers, finger)
    if not fingers:
        _leave_without(program, read.reason)
    content = write_stored(fingers, wanted)
    write_private(out, content, replace=force)
    document = {
        "format": wanted.value,
        "bytes": len(content),
        "reason": read.reason.value if read.reason else None,
        "leniencies": [leniency.value for leniency in read.leniencies],
        "fingers": [_told(finger) for finger in fingers],
    }
    program.output.result(document, [_line(program, finger) for finger in fingers])


def compare(
    first: Annotated[Path, typer.Argument(help=_("Picture of a finger, minutiae record or template."))],
    second: Annotated[Path, typer.Argument(help=_("The other one, of any kind."))],
    dpi: DpiOption = None,
    finger: FingerOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Say how alike two fingers in files are. Nothing is decided: that takes a vault and its policy."""
    from mlid_desktop.station.administration import template_files  # noqa: PLC0415 - late: start-up

    program = Program.start(as_json=as_json)
    today = program.station.pipelines().open(Modality.FINGERPRINT)
    pipeline = template_files.pipeline_for((first, second), today)
    both = [_only(program, path, dpi, finger, pipeline) for path in (first, second)]
    pair = [finger for _read, finger in both]
    calibrations = program.station.calibrations_in_use()
    calibration = calibration_for(calibrations, Modality.FINGERPRINT, pipeline.extractor.key)
    likeness = template_files.compare_stored(pair[0], pair[1], calibration)
    document = {
        "score": round(likeness.score, 6),
        "meaning": _meaning(likeness),
        "fingers": [_told(finger) for finger in pair],
        "leniencies": [[leniency.value for leniency in read.leniencies] for read, _finger in both],
    }
    program.output.result(document, [_line(program, finger) for finger in pair] + _verdict(program, likeness))


def _read(program: Program, path: Path, dpi: int | None, pipeline: Pipeline) -> Stored:
    from mlid_desktop.station.administration.template_files import read_stored  # noqa: PLC0415 - late: start-up
    from mlid_desktop.station.text.leniencies import LENIENCIES  # noqa: PLC0415 - as above

    read = read_stored(path, pipeline, program.station.decoder, dpi)
    for leniency in read.leniencies:
        program.output.note(f"{path.name}: {program.language.text(LENIENCIES[leniency])}")
    if read.fingers and read.reason is not None:
        why = " ".join(program.language.text(words) for words in REASONS[read.reason])
        program.output.note(f"{path.name}: {why}")
    return read


def _only(
    program: Program, path: Path, dpi: int | None, finger: FingerPosition | None, pipeline: Pipeline
) -> tuple[Stored, StoredFinger]:
    """Reads a file, and returns what it holds with the first of the fingers asked for."""
    from mlid_desktop.station.administration.template_files import select_fingers  # noqa: PLC0415 - late: start-up

    read = _read(program, path, dpi, pipeline)
    found = select_fingers(read.fingers, finger)
    if not found:
        _leave_without(program, read.reason)
    return read, found[0]


def _leave_without(program: Program, reason: Reason | None) -> NoReturn:
    """Prints why the picture gave no template, and ends the command as inconclusive."""
    shown = reason or Reason.NO_FINGER
    lines = [" ".join(program.language.text(words) for words in REASONS[shown])]
    program.output.result({"reason": shown.value, "fingers": []}, lines)
    leave(json_documents.EXIT_CODES[Verdict.INCONCLUSIVE])


def _told(finger: StoredFinger) -> dict[str, Any]:
    return {
        "origin": finger.origin.value,
        "finger": finger.position.value if finger.position else None,
        "quality": finger.quality,
        "minutiae": finger.minutiae,
        "impressions": len(finger.impressions),
        "minutiae_alone": finger.minutiae_alone,
    }


def _line(program: Program, finger: StoredFinger) -> str:
    text = program.language.text
    name = text(FINGERS[finger.position]) if finger.position else text("finger not named")
    if finger.quality is None:
        return text("{finger}: {count} minutiae", finger=name, count=finger.minutiae)
    return text(
        "{finger}: {count} minutiae, quality {quality}", finger=name, count=finger.minutiae, quality=finger.quality
    )


def _meaning(likeness: Likeness) -> dict[str, Any] | None:
    meaning = likeness.meaning
    return (
        {"fmr": meaning.fmr, "capped": meaning.capped, "llr": round(meaning.log_likelihood_ratio, 3)}
        if meaning
        else None
    )


def _verdict(program: Program, likeness: Likeness) -> list[str]:
    text = program.language.text
    score = text("Score {score} (0 to 1)", score=f"{likeness.score:.3f}")
    if likeness.meaning is None:
        return [score, text("Minutiae alone were compared: how often strangers reach this score was not measured.")]
    return [score, meaning_text(likeness.meaning, program.language)]
