"""``mlid evaluate``: how good this workstation is on a labelled set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.program import Program
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.language import N_ as _

evaluate_commands = typer.Typer(no_args_is_help=True, help=_("Measure error rates on a labelled set."))

OutOption = Annotated[Path, typer.Option("--out", help=_("Folder for report.json and report.html."))]
SaveOption = Annotated[Path | None, typer.Option("--save", help=_("Keep the numbers as a baseline in this file."))]
CompareOption = Annotated[Path | None, typer.Option("--compare", help=_("Compare with this baseline."))]


@evaluate_commands.command("face")
def evaluate_face(
    images: Annotated[Path, typer.Option("--images", help=_("A folder a person, images inside."))],
    out: OutOption,
    pairs: Annotated[Path | None, typer.Option("--pairs", help=_("Pairs to compare; all pairs otherwise."))] = None,
    groups: Annotated[Path | None, typer.Option("--groups", help=_("person,group lines for rates by group."))] = None,
    save: SaveOption = None,
    compare: CompareOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Face comparison: EER, FNMR at fixed FMR, failure rates, quality."""
    from mlid_desktop.evaluation import datasets, faces, report  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    chosen = datasets.read_image_set(images)
    listed = datasets.all_pairs(chosen) if pairs is None else datasets.read_pairs(pairs, chosen)
    named = {} if groups is None else datasets.read_groups(groups, chosen)
    pipeline = program.station.engines().open(Modality.FACE)
    with program.output.progress(program.language.text("Comparing faces")) as bar:

        def advance(done: float, note: str) -> None:
            bar.update(bar.task_ids[0], completed=done, note=note)

        result = faces.evaluate_faces(chosen, listed, pipeline, program.station.open_untrusted, named, advance)
    around = report.context(
        {"path": images.name, "images": len(chosen.images), "people": len(chosen.people), "digest": chosen.digest},
        program.station.model_hashes("face"),
    )
    document = report.face_document(result, around, None)
    title = program.language.text("Face comparison on {name}", name=images.name)
    _finish(program, document, report.face_plots(result), title, out, save, compare)


@evaluate_commands.command("attack")
def evaluate_attack(
    bonafide: Annotated[Path, typer.Option("--bonafide", help=_("Real people: folders of images, or videos."))],
    attack: Annotated[list[str], typer.Option("--attack", help=_("SPECIES=FOLDER, once for each kind of attack."))],
    out: OutOption,
    save: SaveOption = None,
    compare: CompareOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Attack detection: APCER by species, BPCER."""
    from mlid_desktop.evaluation import attacks, datasets, report  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    species = {name: datasets.read_presentations(Path(folder)) for name, folder in map(_species, attack)}
    genuine = datasets.read_presentations(bonafide)
    rules = program.station.policy.attack[Modality.FACE]
    pipeline = program.station.engines().open(Modality.FACE)
    with program.output.progress(program.language.text("Judging presentations")) as bar:

        def advance(done: float, note: str) -> None:
            bar.update(bar.task_ids[0], completed=done, note=note)

        result = attacks.evaluate_attacks(genuine, species, rules, pipeline, program.station.open_untrusted, advance)
    around = report.context(
        {
            "bonafide": bonafide.name,
            "presentations": len(genuine),
            "species": {name: len(one) for name, one in species.items()},
        },
        program.station.model_hashes("face"),
    )
    document = report.attack_document(result, around)
    title = program.language.text("Attack detection on {name}", name=bonafide.name)
    _finish(program, document, report.attack_plots(result), title, out, save, compare)


def _species(item: str) -> tuple[str, str]:
    name, separator, folder = item.partition("=")
    if not separator or not name or not folder:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--attack SPECIES=FOLDER")
    return name, folder


def _finish(
    program: Program,
    document: dict[str, Any],
    drawings: dict[str, str],
    title: str,
    out: Path,
    save: Path | None,
    compare: Path | None,
) -> None:
    from mlid_desktop.evaluation import report  # noqa: PLC0415 - late: start-up of the other commands

    if compare is not None:
        document["compared"] = report.compare_baseline(compare, document)
    report.write_report(out, document, drawings, title)
    if save is not None:
        report.save_baseline(save, document)
    lines = [f"{name}: {100 * value:.3g} %" for name, value in report.headline_rates(document).items()]
    program.output.result(document, [*lines, program.language.text("Report written to {folder}.", folder=out)])
