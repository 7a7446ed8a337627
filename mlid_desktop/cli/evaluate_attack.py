"""``mlid evaluate attack``: how well presentation attacks are told from living people, on folders of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.evaluate import _bar
from mlid_desktop.cli.evaluation_outputs import CompareOption, EvaluationOutputs, OutOption, SaveOption
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.text.language import N_ as _

MAX_STEP = 1000


def evaluate_attack(
    bonafide: Annotated[Path, typer.Option("--bonafide", help=_("Real people: folders of images, or videos."))],
    attack: Annotated[list[str], typer.Option("--attack", help=_("SPECIES=FOLDER, once for each kind of attack."))],
    out: OutOption,
    zoom: Annotated[
        list[float] | None,
        typer.Option("--zoom", min=1.0, max=4.0, help=_("Also show the attacks so many times nearer.")),
    ] = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help=_("Also put frames of a living helper and of an attack into one window."))
    ] = False,
    step: Annotated[int, typer.Option("--step", min=1, max=MAX_STEP, help=_("Of videos, every so-many-th frame."))] = 1,
    save: SaveOption = None,
    compare: CompareOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Attack detection: APCER and IAPAR by species, BPCER, frames that could not be judged."""
    from mlid_desktop.evaluation import datasets  # noqa: PLC0415 - late: start-up of the others
    from mlid_desktop.evaluation.presentation_attacks import folders, mixed_windows  # noqa: PLC0415 - late: as above
    from mlid_desktop.evaluation.report import drawings, report  # noqa: PLC0415 - late: start-up
    from mlid_desktop.station.attack_tests import report as attack_report  # noqa: PLC0415 - late: as above
    from mlid_desktop.station.attack_tests.windows import match_threshold  # noqa: PLC0415 - late: as above

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, save, compare, replace=force)
    language, station = program.language, program.station

    def read(folder: Path) -> tuple[datasets.Presentation, ...]:
        found = datasets.read_presentations(folder)
        return tuple(
            replace(presentation, address=f"{presentation.address}?step={step}")
            if step > 1 and presentation.address.startswith("file:")
            else presentation
            for presentation in found
        )

    shown = {name: read(folder) for name, folder in _species(attack).items()}
    genuine = read(bonafide)
    pipeline = station.pipelines().open(Modality.FACE)
    with _bar(program, language.text("Judging presentations")) as advance:
        result = folders.evaluate_attacks(
            genuine,
            shown,
            station.policy.attack[Modality.FACE],
            pipeline,
            station.open_untrusted,
            advance,
            nearer=zoom or (),
            match_threshold=match_threshold(station.policy, station.calibrations_in_use()),
        )
    described = {
        "bonafide": bonafide.name,
        "presentations": len(genuine),
        "species": {name: len(presentations) for name, presentations in shown.items()},
        "step": step,
    }
    document = attack_report.attack_document(result, report.run_context(described, station.model_hashes("face")))
    if mixed:
        desk = mixed_windows.DecidingDesk(station.policy, station.calibrations_in_use(), pipeline)
        with _bar(program, language.text("Mixing helpers and attacks")) as advance:
            document["mixed"] = {
                name: mixed_windows.mixed_document(
                    mixed_windows.evaluate_mixed(genuine, instruments, desk, station.open_untrusted, advance)
                )
                for name, instruments in shown.items()
            }
    title = language.text("Attack detection on {name}", name=bonafide.name)
    lines = attack_report.attack_lines(result, language)
    outputs.finish(program, document, drawings.attack_drawings(result, language), title, lines)


def _species(items: list[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for item in items:
        name, separator, folder = item.partition("=")
        if not separator or not name.strip() or not folder or name in found:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--attack SPECIES=FOLDER")
        found[name] = Path(folder)
    return found
