"""``mlid vault reset-passphrase``, ``notices`` and ``organisation``: what people with access to a vault do for and tell
one another, and who they are to those who come."""

from __future__ import annotations

from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.vault import FolderArgument, NewPassphraseOption, vault_commands
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.administration.organisation import organisation_as_typed
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.notices import notice_text

__all__ = ["vault_commands"]  # those of the file before, and these
NameOption = Annotated[str | None, typer.Option("--name", help=_("Name of the organisation."))]
ContactOption = Annotated[str | None, typer.Option("--contact", help=_("An address, a telephone number."))]
WithdrawalOption = Annotated[str | None, typer.Option("--withdrawal", help=_("How consent is taken back here."))]


@vault_commands.command("reset-passphrase")
def reset_passphrase(
    folder: FolderArgument,
    name: Annotated[str, typer.Argument(help=_("Who gets a new passphrase."))],
    new_passphrase_file: NewPassphraseOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Give somebody who forgot it a new passphrase (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.RESET_OPERATOR, second, second_passphrase_file)
        fresh = options.read_passphrase(new_passphrase_file, text("New passphrase: "))
        unlocked.session.administration.reset_operator(name, fresh, confirmed)
        program.output.result({"reset": name}, [text("{name} has a new passphrase.", name=name)])


@vault_commands.command("notices")
def notices(
    folder: FolderArgument,
    seen: Annotated[bool, typer.Option("--seen", help=_("I have seen them: do not show them to me again."))] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """What everybody who opens the vault has to know: a new recovery code, a vault restored by it, people admitted."""
    program = Program.start(as_json=as_json)
    passphrase = options.read_passphrase(passphrase_file, program.language.text("Passphrase: "))
    session = program.station.unlock_vault(folder, operator, passphrase)
    try:
        waiting = session.administration.notices()
        if seen:
            session.administration.mark_notices_seen()
    finally:
        session.lock()
    document = [
        {"kind": notice.kind.value, "at": notice.at.isoformat(), "by": notice.by, "about": notice.about}
        for notice in waiting
    ]
    lines = [notice_text(notice, program.language) for notice in waiting]
    program.output.result(
        {"notices": document, "seen": seen}, lines or [program.language.text("There is nothing new to know.")]
    )


@vault_commands.command("organisation")
def organisation(
    folder: FolderArgument,
    name: NameOption = None,
    contact: ContactOption = None,
    withdrawal: WithdrawalOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show who asks for consent here, or say it (supervisor, with a second person): it stands before the consent text
    and on receipts."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        administration = unlocked.session.administration
        present = administration.organisation(program.station.settings)
        if (name, contact, withdrawal) != (None, None, None):
            typed = (present.name if name is None else name, present.contact if contact is None else contact)
            said = organisation_as_typed(*typed, present.withdrawal if withdrawal is None else withdrawal)
            confirmed = unlocked.require_second(Act.GOVERN, second, second_passphrase_file)
            administration.set_organisation(said, confirmed)
            present = administration.organisation(program.station.settings)
        document = {"name": present.name, "contact": present.contact, "withdrawal": present.withdrawal}
        program.output.result(document, [line for line in document.values() if line])
