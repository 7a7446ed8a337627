"""``mlid evaluate fusion``: what each rule for several modalities refuses and accepts, on joined people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.evaluate import _bar, _described
from mlid_desktop.cli.evaluation_outputs import CompareOption, EvaluationOutputs, OutOption, SaveOption
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.station.text.language import N_ as _


def evaluate_fusion(
    images: Annotated[Path, typer.Option("--images", help=_("A folder a person, images inside."))],
    fingers: Annotated[list[Path], typer.Option("--fingers", help=_("Folder of FINGER_IMPRESSION images."))],
    out: OutOption,
    save: SaveOption = None,
    compare: CompareOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Several modalities on joined people: EER, refusals and acceptances of each rule."""
    from mlid_desktop.evaluation import datasets, fusion, pairs  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.fingerprint.comparisons import ANY_FINGER  # noqa: PLC0415 - late: as above
    from mlid_desktop.evaluation.observations import observe_images  # noqa: PLC0415 - late: as above
    from mlid_desktop.evaluation.report import conduct, drawings, report  # noqa: PLC0415 - late: as above
    from mlid_desktop.evaluation.report.fusion_report import fusion_document  # noqa: PLC0415 - late: as above
    from mlid_desktop.evaluation.scoring import compare_pairs  # noqa: PLC0415 - late: as above

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, save, compare, replace=force)
    station, language = program.station, program.language
    sets = {Modality.FACE: datasets.read_image_set(images), Modality.FINGERPRINT: datasets.read_impressions(fingers)}
    trials = {}
    for modality, chosen in sets.items():
        pipeline = station.pipelines().open(modality)
        shown = FACE if modality is Modality.FACE else ANY_FINGER
        title = language.text("Comparing faces") if modality is Modality.FACE else language.text("Comparing fingers")
        with _bar(program, title) as advance:
            addresses = [f"image:{path}" for path in chosen.images]
            rows = observe_images(addresses, shown, pipeline, station.open_untrusted, advance)
        templates = [row.template for row in rows]
        trials[modality] = compare_pairs(templates, pairs.all_pairs(chosen), chosen.person_of, pipeline)
    result = fusion.evaluate_fusion(
        trials[Modality.FACE],
        trials[Modality.FINGERPRINT],
        (len(sets[Modality.FACE].people), len(sets[Modality.FINGERPRINT].people)),
        station.calibrations_in_use()[Modality.FACE],
        station.policy.comparison,
    )
    described: dict[str, Any] = {modality.value: _described(chosen) for modality, chosen in sets.items()}
    around = report.run_context(described, station.model_hashes("face"))
    document = fusion_document(result, station.policy, around)
    title, notes = language.text("Several modalities on joined people"), conduct.fusion_notes(result, language)
    outputs.finish(program, document, drawings.fusion_drawings(result, language), title, notes=notes)
