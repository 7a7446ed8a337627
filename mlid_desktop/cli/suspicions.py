"""``mlid suspicions``: where attacks were suspected, and two people who let a person try again."""

from __future__ import annotations

from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.decisions import ReleaseReason
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import ShownInstead
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import MODALITIES

suspicion_commands = typer.Typer(no_args_is_help=True, help=_("Suspicions of an attack, and letting people try again."))


@suspicion_commands.command("list")
def list_suspicions(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Suspicions of the last seven days, by person and by device."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        told = unlocked.session.releases.recent()
        people = [
            {
                "number": person.subject.number,
                "name": person.subject.name,
                "suspicions": person.number,
                "newest": person.at.isoformat(),
                "may_release": person.may_release,
            }
            for person in told.people
        ]
        devices = [
            {
                "device": device.name,
                "modality": device.modality.value,
                "suspicions": device.number,
                "in_searches": device.searches,
                "newest": device.at.isoformat(),
            }
            for device in told.devices
        ]
        rows = [(person.subject.name, person.subject.number, str(person.number)) for person in told.people]
        if told.candidates:
            rows.append((text("Not enrolled"), "", str(told.candidates)))
        rows += [
            (device.name or text("Recording"), text(MODALITIES[device.modality]), str(device.number))
            for device in told.devices
        ]
        program.output.table(
            {"people": people, "not_enrolled": told.candidates, "devices": devices},
            [text(head) for head in (_("Person or device"), _("Number or kind"), _("Suspicions"))],
            rows,
            text("No attack was suspected in the last seven days."),
        )


@suspicion_commands.command("release")
def release(
    number: Annotated[str, typer.Argument(help=_("The person's number."))],
    vault: options.VaultOption,
    reason: Annotated[ReleaseReason, typer.Option("--reason", help=_("Why the person may try again."))],
    document: Annotated[ShownInstead, typer.Option("--document", help=_("The document that both people saw."))],
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Two people, one of them a supervisor, let a person try again; nobody is accepted by it."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.RELEASE_ATTEMPTS, second, second_passphrase_file)
        unlocked.session.releases.release(number, reason, document, confirmed)
        program.output.result(
            {"released": number, "reason": reason.value, "document": document.value},
            [program.language.text("{number} may try again.", number=number)],
        )
