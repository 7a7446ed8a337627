"""``mlid record``: records from a microphone to a WAV file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.capture.sound_recorder import record
from mlid_desktop.station.documents.output_files import require_writable
from mlid_desktop.station.services.one_shot_capture import deliver_items
from mlid_desktop.station.text.language import N_ as _

MAX_SECONDS = 3600.0


def record_sound(
    source: Annotated[str, typer.Argument(help=_("The microphone, such as microphone:0."))],
    out: Annotated[Path, typer.Option("--out", "-o", help=_("WAV file. It holds a person's voice: keep it safe."))],
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, max=MAX_SECONDS, help=_("How long."))] = 10.0,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Record sound to a WAV file, for calibration or to hear what a microphone delivers."""
    program = Program.start(as_json=as_json)
    require_writable(out, replace=force)
    opened = program.station.open_untrusted(source, Modality.VOICE)
    with (
        program.output.progress(program.language.text("Recording")) as bar,
        deliver_items(opened, Modality.VOICE) as items,
    ):
        task = bar.task_ids[0]

        def metered(so_far: float, level: float) -> None:
            bar.update(task, completed=so_far / seconds, note=program.language.text("{level} dB", level=round(level)))

        written = record(items, out, seconds, metered, replace=force)
    lines = [
        program.language.text(
            "{seconds} s at {rate} Hz, loudest {level} dB below full scale, {clipped} samples clipped.",
            seconds=round(written.seconds, 1),
            rate=written.rate,
            level=-round(written.loudest),
            clipped=written.clipped,
        )
    ]
    document = {
        "seconds": round(written.seconds, 3),
        "rate": written.rate,
        "loudest_dbfs": round(written.loudest, 1),
        "clipped": written.clipped,
    }
    program.output.result(document, lines)
