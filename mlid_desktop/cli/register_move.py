"""``mlid register move``: a folder vault is taken over into a register, after a look at both, and goes on where it was
interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program, UnlockedProgram
from mlid_desktop.cli.register_access import (
    AdministratorOption,
    AuthorityOption,
    DeskNameOption,
    ServerOption,
    access_document,
    access_lines,
)
from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.administration.register.server import LACKS
from mlid_desktop.station.administration.register.service import MoveReport, MoveStep, RegisterService
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.language import N_ as _

STEPS = {MoveStep.SENDING: _("{done} of {of} items sent"), MoveStep.READING: _("{done} of {of} items read back")}
NOT_LET_IN = frozenset({Code.REGISTER_REFUSED, Code.REGISTER_CERTIFICATE})


def register(commands: typer.Typer) -> None:
    """Adds the command."""
    commands.command("move")(move)


def move(
    vault: options.VaultOption,
    server: ServerOption,
    authority_out: AuthorityOption,
    administrator: AdministratorOption = "",
    name: DeskNameOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Look at vault and server, and change nothing."))
    ] = False,
    force: options.ForceOption = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take this vault over into a register: make it, send everything, read it back. Interrupted, it goes on when it is
    called again (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        service = unlocked.session.register
        if service.leads is False:
            raise RegisterError(Code.REGISTER_LED_ELSEWHERE)
        plan = service.to_move()
        program.output.note(text("To take over: {people} people, {items} items.", people=plan.people, items=plan.items))
        is_made = service.leads is not None
        if not dry_run:
            options.require_output(authority_out, replace=force or is_made)
        is_ready = is_made or _looked_at(program, service, server, administrator)
        if dry_run:
            document = {"people": plan.people, "items": plan.items, "ready": is_ready, "moved": False}
            said = text("The server is ready. Nothing was changed.") if is_ready else text("Nothing was changed.")
            program.output.result(document, [said])
            return
        if not is_ready:
            raise RegisterError(Code.REGISTER_SERVER_LACKS)
        access = _let_in(program, unlocked, server, administrator, name, authority_out, second, second_passphrase_file)
        try:
            done = _taken_over(program, service)
        except RegisterError as fault:
            if fault.code not in NOT_LET_IN:
                raise
            said = text("The server does not let this desk in yet. Call this again once it does: it goes on.")
            program.output.result({**access, "moved": False}, [said])
            return
        said = text(
            "Taken over and read back: {people} people, {items} items, in {changes} signed changes.",
            people=done.plan.people,
            items=done.plan.items,
            changes=done.changes,
        )
        counts = {"people": done.plan.people, "items": done.plan.items, "sent": done.sent, "changes": done.changes}
        program.output.result({**access, **counts, "moved": True}, [said])


def _taken_over(program: Program, service: RegisterService) -> MoveReport:
    """Takes the vault over, with a bar that says how far that is."""
    text = program.language.text
    with program.output.progress(text("Taking over")) as bar:

        def advance(step: MoveStep, done: int, of: int) -> None:
            note = text(STEPS[step], done=done, of=of)
            half = 0.5 if step is MoveStep.READING else 0.0
            bar.update(bar.task_ids[0], completed=half + 0.5 * done / max(of, 1), note=note)

        return service.take_over(advance)


def _looked_at(program: Program, service: RegisterService, server: str, administrator: str) -> bool:
    """Says what the server lacks."""
    state = service.look_at_server(server, administrator)
    for lack in state.lacks:
        program.output.note(program.language.text(LACKS[lack]))
    return state.is_ready


def _let_in(
    program: Program,
    unlocked: UnlockedProgram,
    server: str,
    administrator: str,
    name: str,
    authority_out: Path,
    second: str | None,
    second_passphrase_file: Path | None,
) -> dict[str, object]:
    """Makes the register; of one that was made before, says again what its server has to allow, where an administrator
    is named, with a new passphrase for joining."""
    service = unlocked.session.register
    if service.leads is not None and not administrator:
        return {}
    confirmed = unlocked.require_second(Act.GOVERN, second, second_passphrase_file)
    if service.leads is None:
        made = service.create(server, administrator, name, confirmed)
    else:
        made = service.renew_joining(server, administrator, confirmed)
    write_private(authority_out, made.authority, replace=True)
    for line in access_lines(made, authority_out, program.language):
        program.output.note(line)
    return access_document(made, authority_out)
