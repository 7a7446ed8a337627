"""``mlid calibrate``: calibration on a site's own people, and how visits stand afterwards."""

from __future__ import annotations

from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program, UnlockedProgram
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.site_calibration.report import (
    finding_document,
    finding_rows,
    standing_document,
    standing_rows,
)
from mlid_desktop.station.site_calibration.service import SiteFinding, measure
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import MODALITIES

calibrate_commands = typer.Typer(no_args_is_help=True, help=_("Calibrate on the people of this site."))

ModalityOption = Annotated[Modality, typer.Option("--modality", help=_("Face, fingerprint or voice."))]


@calibrate_commands.command("show")
def show(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Which calibration decides, who made it and when, and how visits stand by month."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        standings = unlocked.session.site_calibration.standings()
        named = [
            (program.language.text(MODALITIES[each.modality]), standing_rows(each, program.language))
            for each in standings
        ]
        rows = [row for name, lines in named for row in ((name, lines[0][1]), *lines[1:])]
        document = {"calibrations": [standing_document(standing) for standing in standings]}
        program.output.result(document, [f"{name}: {said}" for name, said in rows])


@calibrate_commands.command("measure")
def measure_alone(
    vault: options.VaultOption,
    modality: ModalityOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Compare the people of this site with one another, and say what would change; nothing is stored."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        finding = _measured(unlocked, modality)
        program.output.result(finding_document(finding), _lines(program, finding))


@calibrate_commands.command("adopt")
def adopt(
    vault: options.VaultOption,
    modality: ModalityOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Measure, and decide by it from the next unlock on (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.CHANGE_POLICY, second, second_passphrase_file)
        finding = _measured(unlocked, modality)
        unlocked.session.site_calibration.store(finding, confirmed)
        said = program.language.text("Stored. It decides from the next unlock on.")
        program.output.result({**finding_document(finding), "stored": True}, [*_lines(program, finding), said])


@calibrate_commands.command("revert")
def revert(
    vault: options.VaultOption,
    modality: ModalityOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Go back to the program's own calibration from the next unlock on (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.CHANGE_POLICY, second, second_passphrase_file)
        unlocked.session.site_calibration.revert(modality, confirmed)
        said = program.language.text("The program's own calibration decides from the next unlock on.")
        program.output.result({"modality": modality.value, "reverted": True}, [said])


def _measured(unlocked: UnlockedProgram, modality: Modality) -> SiteFinding:
    program, session = unlocked.program, unlocked.session
    material = session.site_calibration.material(modality)
    pipeline = session.recognition.pipelines.open(modality)
    with program.output.progress(program.language.text("Comparing")) as bar:
        return measure(material, pipeline, lambda share: bar.update(bar.task_ids[0], completed=share))


def _lines(program: Program, finding: SiteFinding) -> list[str]:
    return [f"{name}: {said}" for name, said in finding_rows(finding, program.language)]
