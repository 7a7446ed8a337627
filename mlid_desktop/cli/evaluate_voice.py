"""The commands ``mlid evaluate voice``, ``voice-prompt`` and ``voice-attack``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.calibrations import report_calibration, require_table
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.evaluate import (
    NameOption,
    _bar,
    _described,
    calibrate_commands,
)
from mlid_desktop.cli.evaluation_outputs import CompareOption, EvaluationOutputs, OutOption, SaveOption, TableOption
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.text.language import N_ as _

NOISES_DB = (15.0, 10.0)  # below the speech
ProbesOption = Annotated[
    list[str] | None,
    typer.Option("--probes", help=_("How probes are heard: plain, telephone or room; may be given again.")),
]
NoiseOption = Annotated[Path | None, typer.Option("--noise", help=_("Folder of noises that a room may have."))]


def evaluate_voice(
    folder: Annotated[Path, typer.Argument(help=_("A folder a speaker, recordings inside."))],
    out: OutOption,
    enrolled: Annotated[int, typer.Option("--enrolled", min=1, max=5, help=_("Recordings enrolled of each."))] = 3,
    probes: ProbesOption = None,
    noise: NoiseOption = None,
    save: SaveOption = None,
    compare: CompareOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Speaker comparison: EER, FNMR at fixed FMR, failure rates."""
    from mlid_desktop.evaluation.report import conduct, drawings, report  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.voice import datasets as voice_datasets  # noqa: PLC0415 - late: start-up
    from mlid_desktop.evaluation.voice import speakers  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, save, compare, replace=force)
    chosen, station = voice_datasets.read_sound_set(folder), program.station
    plan = speakers.plan_probes(probes or (), noise, station.open_untrusted)
    pipeline = speakers.voice_pipeline(station.models(), station.learnt(Modality.VOICE))
    with _bar(program, program.language.text("Comparing voices")) as advance:
        result = speakers.evaluate_voices(chosen, pipeline, station.open_untrusted, advance, enrolled, plan)
    hashes = station.model_hashes("voice") | station.model_hashes("speaker")
    around = report.run_context(_described(chosen) | {"enrolled": enrolled, "probes": list(plan.surroundings)}, hashes)
    document = report.comparison_document("voice", result, around)
    title = program.language.text("Voice comparison on {name}", name=folder.name)
    language = program.language
    notes = conduct.comparison_notes(result, language, enrolled)
    outputs.finish(program, document, drawings.comparison_drawings(result, language), title, notes=notes)


def calibrate_voice(
    folder: Annotated[Path, typer.Argument(help=_("A folder a speaker, recordings inside."))],
    out: TableOption,
    enrolled: Annotated[int, typer.Option("--enrolled", min=1, max=5, help=_("Recordings enrolled of each."))] = 3,
    probes: ProbesOption = None,
    noise: NoiseOption = None,
    name: NameOption = "",
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """What a score of the speaker comparison means, from a folder a speaker."""
    from mlid_desktop.evaluation.voice import datasets as voice_datasets  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.voice import speakers  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    require_table(out, replace=force)
    chosen, station = voice_datasets.read_sound_set(folder), program.station
    plan = speakers.plan_probes(probes or (), noise, station.open_untrusted)
    pipeline = speakers.voice_pipeline(station.models(), station.learnt(Modality.VOICE))
    with _bar(program, program.language.text("Calibrating")) as advance:
        run = speakers.calibrate_voices(
            chosen, pipeline, station.open_untrusted, advance, name or folder.name, enrolled=enrolled, probes=plan
        )
    report_calibration(program, run, out, replace=force)


def evaluate_voice_prompt(
    folder: Annotated[Path, typer.Argument(help=_("Folder of DIGIT_SPEAKER_NUMBER recordings."))],
    out: OutOption,
    references: Annotated[
        list[int] | None, typer.Option("--references", min=1, max=6, help=_("Recordings of each digit at enrolment."))
    ] = None,
    enrolments: Annotated[int, typer.Option("--enrolments", min=1, max=100, help=_("Enrolments a speaker."))] = 5,
    one_session: Annotated[
        bool, typer.Option("--one-session", help=_("Enrol recordings that follow one another, as at a desk."))
    ] = False,
    noise_db: Annotated[
        list[float] | None,
        typer.Option(
            "--noise-db",
            min=0,
            max=40,
            help=_("How many dB the noise of a room lies below the speech."),
        ),
    ] = None,
    no_speaker: Annotated[
        bool, typer.Option("--no-speaker", help=_("Leave the speaker comparison out, as without its model."))
    ] = False,
    save: SaveOption = None,
    compare: CompareOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Prompted digits: what was said, and who said it; also through one channel and in a noisy room."""
    from mlid_desktop.evaluation.report import report  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.voice import datasets as voice_datasets  # noqa: PLC0415 - late: start-up
    from mlid_desktop.evaluation.voice import prompt_report  # noqa: PLC0415 - late: as above
    from mlid_desktop.evaluation.voice import prompts as voice_prompts  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.voice.channels import Condition  # noqa: PLC0415 - late: as above

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, save, compare, replace=force)
    chosen, station = voice_datasets.read_digit_set(folder), program.station
    pipeline = voice_prompts.prompt_pipeline(
        station.models(), station.learnt(Modality.VOICE), with_speaker=not no_speaker
    )
    plans = [
        voice_prompts.PromptPlan(count, enrolments, condition=condition, one_session=one_session, noise_db=level)
        for condition in Condition
        for level in (noise_db or NOISES_DB if condition.noisy else NOISES_DB[:1])
        for count in references or [3, 5]
    ]
    results = []
    for plan in plans:
        with _bar(program, plan.heard_in) as advance:
            results.append(voice_prompts.evaluate_prompts(chosen, plan, pipeline, station.open_untrusted, advance))
    around = report.run_context(
        _described(chosen.images) | {"one_session": one_session, "speaker_comparison": not no_speaker},
        station.model_hashes("voice-activity") | ({} if no_speaker else station.model_hashes("speaker")),
    )
    document = prompt_report.prompt_document(results, around)
    title = program.language.text("Prompted digits on {name}", name=folder.name)
    outputs.finish(program, document, {}, title)


def evaluate_voice_attack(
    bonafide: Annotated[Path, typer.Option("--bonafide", help=_("Folder of recordings of real people."))],
    attack: Annotated[Path, typer.Option("--attack", help=_("Folder of synthetic and converted speech."))],
    out: OutOption,
    save: SaveOption = None,
    compare: CompareOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Synthetic speech: APCER at BPCER 5 and 10 %, bona fide speech of the same lengths and codec."""
    from mlid_desktop.evaluation.report import report  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.voice import attacks as voice_attacks  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.voice import datasets as voice_datasets  # noqa: PLC0415 - late: start-up
    from mlid_desktop.evaluation.voice import speakers  # noqa: PLC0415 - late: start-up of the other commands

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, save, compare, replace=force)
    station = program.station
    genuine = voice_datasets.list_recordings(bonafide)
    species = voice_attacks.read_species(attack, voice_datasets.list_recordings(attack))
    pipeline = speakers.voice_pipeline(station.models(), station.learnt(Modality.VOICE))
    with _bar(program, program.language.text("Judging presentations")) as advance:
        results = voice_attacks.evaluate_voice_attacks(genuine, species, pipeline, station.open_untrusted, advance)
    shown = {kind.name: len(kind.attacks) for kind in species}
    described = {"bonafide": bonafide.name, "presentations": len(genuine), "species": shown}
    around = report.run_context(described, station.model_hashes("voice"))
    document = voice_attacks.voice_attack_document(results, around)
    title = program.language.text("Voice attack detection on {name}", name=attack.name)
    outputs.finish(program, document, {}, title)


def register(commands: typer.Typer) -> None:
    """Adds the three voice commands to ``mlid evaluate``, and ``voice`` to ``mlid evaluate calibrate``."""
    calibrate_commands.command("voice")(calibrate_voice)
    commands.command("voice")(evaluate_voice)
    commands.command("voice-prompt")(evaluate_voice_prompt)
    commands.command("voice-attack")(evaluate_voice_attack)
