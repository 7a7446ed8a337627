"""``mlid evaluate``: error rates and speed of this workstation on a labelled set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.calibrations import report_calibration, require_table
from mlid_desktop.cli.context import Program, leave
from mlid_desktop.cli.evaluation_outputs import CompareOption, EvaluationOutputs, OutOption, SaveOption, TableOption
from mlid_desktop.domain.characteristics import FACE, Characteristic, Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.station.text.language import N_ as _

if TYPE_CHECKING:
    from mlid_desktop.evaluation.datasets import ImageSet
    from mlid_desktop.evaluation.observations import Progress
    from mlid_desktop.evaluation.pairs import PairList

EXIT_NOT_AS_HOPED = 1
MAX_DPI = 2000

evaluate_commands = typer.Typer(no_args_is_help=True, help=_("Measure error rates on a labelled set."))
calibrate_commands = typer.Typer(no_args_is_help=True, help=_("Make the table that says what a score means."))
evaluate_commands.add_typer(calibrate_commands, name="calibrate")

NameOption = Annotated[str, typer.Option("--name", help=_("Name of the data set, kept in the calibration."))]
BuiltinOption = Annotated[
    bool, typer.Option("--builtin", help=_("The models that come with the program, instead of the pack."))
]


@evaluate_commands.command("face")
def evaluate_face(
    images: Annotated[Path, typer.Option("--images", help=_("A folder a person, images inside."))],
    out: OutOption,
    pairs: Annotated[Path | None, typer.Option("--pairs", help=_("Pairs to compare; all pairs otherwise."))] = None,
    groups: Annotated[Path | None, typer.Option("--groups", help=_("person,group lines for rates by group."))] = None,
    save: SaveOption = None,
    compare: CompareOption = None,
    builtin: BuiltinOption = False,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Face comparison: EER, FNMR at fixed FMR, failure rates, quality."""
    from mlid_desktop.evaluation import comparisons, datasets, face_baseline  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation import pairs as lists  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.observations import no_baseline  # noqa: PLC0415 - as above
    from mlid_desktop.evaluation.report import conduct, drawings, report  # noqa: PLC0415 - late: start-up

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, save, compare, replace=force)
    chosen = datasets.read_image_set(images)
    listed = lists.all_pairs(chosen) if pairs is None else lists.read_pairs(pairs, chosen)
    named = {} if groups is None else lists.read_groups(groups, chosen)
    station = program.station
    pipeline = station.open_engine(Modality.FACE, builtin=builtin)
    baseline = no_baseline if builtin else face_baseline.open_plain_embedder(station.models())
    with _bar(program, program.language.text("Comparing faces")) as advance:
        result = comparisons.evaluate_comparisons(
            chosen, listed, pipeline, station.open_untrusted, named, advance, baseline
        )
    described = _described(chosen) | {
        "pairs": "all" if pairs is None else pairs.name,
        "observed": len(result.rows),
        "builtin": builtin,
    }
    document = report.comparison_document("face", result, report.run_context(described, station.model_hashes("face")))
    title = program.language.text("Face comparison on {name}", name=images.name)
    language = program.language
    notes = conduct.comparison_notes(result, language)
    outputs.finish(program, document, drawings.comparison_drawings(result, language), title, notes=notes)


@evaluate_commands.command("fingerprint")
def evaluate_fingerprint(
    folder: Annotated[Path, typer.Argument(help=_("Folder of FINGER_IMPRESSION images."))],
    out: OutOption,
    protocol: Annotated[
        str, typer.Option("--protocol", help=_("all: every pair; fvc: of different fingers the first impressions."))
    ] = "all",
    dpi: Annotated[
        int | None, typer.Option("--dpi", min=1, max=MAX_DPI, help=_("Dots per inch, where the files do not say."))
    ] = None,
    save: SaveOption = None,
    compare: CompareOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Fingerprint comparison: EER, FNMR at fixed FMR, failure rates, speed."""
    from mlid_desktop.evaluation import datasets  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.fingerprint import comparisons as finger_comparisons  # noqa: PLC0415 - late: start-up
    from mlid_desktop.evaluation.report import conduct, drawings, report  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, save, compare, replace=force)
    if protocol not in set(finger_comparisons.Protocol):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--protocol all|fvc")
    chosen, station = datasets.read_impressions([folder]), program.station
    pairs = finger_comparisons.choose_pairs(chosen, finger_comparisons.Protocol(protocol))
    pipeline = station.pipelines().open(Modality.FINGERPRINT)
    with _bar(program, program.language.text("Comparing fingers")) as advance:
        result = finger_comparisons.evaluate_fingers(chosen, pairs, pipeline, station.open_untrusted, advance, dpi)
    around = report.run_context(_described(chosen), {"fingerprint": pipeline.extractor.key})
    document = finger_comparisons.finger_document(result, chosen, finger_comparisons.Protocol(protocol), around)
    title = program.language.text("Fingerprint comparison on {name}", name=folder.name)
    language = program.language
    notes = conduct.comparison_notes(result, language)
    outputs.finish(program, document, drawings.comparison_drawings(result, language), title, notes=notes)


@evaluate_commands.command("quality")
def evaluate_quality(out: OutOption, force: options.ForceOption = False, as_json: options.JsonOption = False) -> None:
    """Whether face quality falls as rendered people get worse (blur, darkness, turn, distance); 1 if it does not."""
    from mlid_desktop.evaluation import quality  # noqa: PLC0415 - late: start-up
    from mlid_desktop.evaluation.report import drawings, report  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, replace=force)
    language = program.language
    pipeline = program.station.pipelines().open(Modality.FACE)
    with _bar(program, language.text("Watching quality fall")) as advance:
        result = quality.evaluate_quality(pipeline, advance)
    around = report.run_context(
        {"path": "rendered people", "people": len(quality.SEEDS)}, program.station.model_hashes("face")
    )
    document = quality.quality_document(result, around)
    title = language.text("Face quality of rendered people")
    outputs.write(program, document, drawings.quality_drawings(result, language), title)
    marks = {True: language.text("falls"), False: language.text("does not fall")}
    lines = [
        f"{language.text(row.degradation.name)}: "
        + ", ".join(f"{name} {marks[fell]}" for name, fell in row.falls.items())
        for row in result.series
    ]
    program.output.result(document, [*lines, outputs.written(program)])
    if not all(fell for row in result.series for fell in row.falls.values()):
        leave(EXIT_NOT_AS_HOPED)


@calibrate_commands.command("face")
def calibrate_face(
    images: Annotated[Path, typer.Option("--images", help=_("A folder a person, images inside."))],
    out: TableOption,
    leave_out: Annotated[
        Path | None, typer.Option("--leave-out", help=_("Names of people to leave out, one a line."))
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(
            "--groups", help=_("person,group lines: the group that is confused most bounds what a score means.")
        ),
    ] = None,
    name: NameOption = "",
    builtin: BuiltinOption = False,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """What a face score means, from a folder a person."""
    from mlid_desktop.evaluation import datasets, pairs  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    require_table(out, [path for path in (leave_out, groups) if path is not None], replace=force)
    whole = chosen = datasets.read_image_set(images)
    named = {} if groups is None else pairs.read_groups(groups, whole)
    if leave_out is not None:
        chosen = chosen.without(datasets.read_names(leave_out))
    apart = pairs.groups_within(named, whole, chosen)
    pipeline = program.station.open_engine(Modality.FACE, builtin=builtin)
    dataset = name or images.name
    _calibrate(program, chosen, pairs.all_pairs(chosen), FACE, dataset, pipeline, out, replace=force, groups=apart)


@calibrate_commands.command("fingerprint")
def calibrate_fingerprint(
    folders: Annotated[list[Path], typer.Argument(help=_("Folders of FINGER_IMPRESSION images."))],
    out: TableOption,
    name: NameOption = "",
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """What a fingerprint score means, from folders of impressions."""
    from mlid_desktop.evaluation import datasets, pairs  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.fingerprint import comparisons as finger_comparisons  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    require_table(out, replace=force)
    chosen = datasets.read_impressions(folders)
    named = name or ", ".join(folder.name for folder in folders)
    pipeline = program.station.pipelines().open(Modality.FINGERPRINT)
    _calibrate(
        program, chosen, pairs.all_pairs(chosen), finger_comparisons.ANY_FINGER, named, pipeline, out, replace=force
    )


def _calibrate(
    program: Program,
    images: ImageSet,
    pairs: PairList,
    characteristic: Characteristic,
    name: str,
    pipeline: Pipeline,
    out: Path,
    *,
    replace: bool,
    groups: Mapping[str, frozenset[int]] = MappingProxyType({}),
) -> None:
    from mlid_desktop.evaluation import calibration_run  # noqa: PLC0415 - late: start-up of the other commands

    with _bar(program, program.language.text("Calibrating")) as advance:
        run = calibration_run.run_calibration(
            images, pairs, characteristic, pipeline, program.station.open_untrusted, advance, name, groups
        )
    report_calibration(program, run, out, replace=replace)


@contextmanager
def _bar(program: Program, title: str) -> Iterator[Progress]:
    with program.output.progress(title) as bar:

        def advance(done: float, note: str) -> None:
            bar.update(bar.task_ids[0], completed=done, note=note)

        yield advance


def _described(images: ImageSet) -> dict[str, Any]:
    return {
        "path": images.root.name,
        "images": len(images.images),
        "people": len(images.people),
        "digest": images.digest,
    }
