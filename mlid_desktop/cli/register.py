"""``mlid register``: one register for many desks, on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Annotated

import typer

from mlid_desktop.cli import (
    options,
    register_alike,
    register_desks,
    register_dump,
    register_mend,
    register_move,
    register_upgrade,
)
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.register_access import (
    AdministratorOption,
    AuthorityOption,
    DeskNameOption,
    ServerOption,
    access_document,
    access_lines,
)
from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.administration.register.following import LOOKED_EVERY_S, FollowedState, RegisterFollower
from mlid_desktop.station.administration.register.joining import Joining, JoinRequest, join, require_folder
from mlid_desktop.station.administration.register.server import LACKS
from mlid_desktop.station.administration.register.service import RegisterStatus
from mlid_desktop.station.administration.register.upgrading import older_words
from mlid_desktop.station.administration.register.waiting_words import withdrawals_waiting
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

register_commands = typer.Typer(no_args_is_help=True, help=_("One register for many desks, on PostgreSQL."))
LONGEST_WAIT_MIN = 30

register_alike.register(register_commands)
register_desks.register(register_commands)
register_dump.register(register_commands)
register_mend.register(register_commands)
register_move.register(register_commands)
register_upgrade.register(register_commands)


@register_commands.command("create")
def create(
    vault: options.VaultOption,
    server: ServerOption,
    authority_out: AuthorityOption,
    administrator: AdministratorOption = "",
    name: DeskNameOption = "",
    force: options.ForceOption = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Make a register of this vault in an empty database (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    options.require_output(authority_out, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        if unlocked.session.register.leads is not None:
            raise RegisterError(Code.REGISTER_IN_ONE)
        found = unlocked.session.register.look_at_server(server, administrator)
        for lack in found.lacks:
            program.output.note(program.language.text(LACKS[lack]))
        if not found.is_ready:
            raise RegisterError(Code.REGISTER_SERVER_LACKS)
        confirmed = unlocked.require_second(Act.GOVERN, second, second_passphrase_file)
        made = unlocked.session.register.create(server, administrator, name, confirmed)
        write_private(authority_out, made.authority, replace=force)
        text = program.language.text
        lines = [
            text("The register is made. This desk leads it: it admits the others, and all enrol and check people."),
            *access_lines(made, authority_out, program.language),
            text("Then check it: mlid register status"),
        ]
        program.output.result(access_document(made, authority_out), lines)


@register_commands.command("status")
def status(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """How the register and this desk stand."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        waiting = withdrawals_waiting(unlocked.session.register.waiting, program.language)
        if waiting:  # said before the server is asked, which may not answer
            program.output.note(waiting)
        found = unlocked.session.register.status()
        program.output.result(_document(found), _lines(found, program.language))


@register_commands.command("sync")
def sync(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Fetch what changed at other desks, and bring into the register what waits here."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        moved = unlocked.session.register.bring_in_step()
        said = text("In step. Fetched: {come}, taken away: {gone}.", come=moved.come, gone=moved.gone)
        document = {"come": moved.come, "gone": moved.gone, "change": moved.point.number}
        program.output.result(document, [said])


@register_commands.command("follow")
def follow(
    vault: options.VaultOption,
    seconds: Annotated[
        int, typer.Option("--seconds", min=0, help=_("Seconds to follow for; 0: until it is interrupted."))
    ] = 0,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Stay in step with the register: fetch at once what changes, for as long as this runs."""
    program = Program.start(as_json=as_json)
    text, tasks = program.language.text, SimpleQueue[Callable[[], None]]()
    told: list[FollowedState] = []

    def tell(state: FollowedState) -> None:
        before = told[-1].fault if told else None
        told[:] = [state]
        if state.fault is not None and (before is None or before.code is not state.fault.code):
            program.output.fault(state.fault)
        elif state.fault is None and (before is not None or state.has_changed):
            program.output.note(text("In step: {when}", when=program.language.moment(program.station.clock.now())))

    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        register = unlocked.session.register
        follower = RegisterFollower(register, tasks.put, tell, program.station.clock.now)
        follower.begin()
        try:
            _work_through(tasks, seconds)
        finally:
            follower.stop()
        fault = told[-1].fault if told else None
        if fault is not None:
            raise fault
        at = register.in_step_at
        shown = text("not yet") if at is None else program.language.moment(at)
        program.output.result(
            {"in_step_at": None if at is None else at.isoformat()}, [text("In step: {when}", when=shown)]
        )


@register_commands.command("verify")
def verify(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Read the whole register: every signed change, and whether everything is as it was written."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        found = unlocked.session.register.verify()
        said = program.language.text(
            "The register is whole: {items} items, {changes} signed changes.", items=found.items, changes=found.changes
        )
        program.output.result({"items": found.items, "changes": found.changes, "change": found.point}, [said])


@register_commands.command("admit")
def admit(
    code: Annotated[str, typer.Argument(help=_("The code that the other desk shows."))],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Let the desk that shows this code join (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.GOVERN, second, second_passphrase_file)
        desk = unlocked.session.register.admit(code, confirmed)
        said = program.language.text("The desk {desk} may join. It goes on by itself.", desk=desk)
        program.output.result({"desk": desk}, [said])


@register_commands.command("join")
def join_register(
    vault: options.VaultOption,
    server: ServerOption,
    join_passphrase_file: Annotated[
        Path | None,
        typer.Option("--join-passphrase-file", help=_("File with the passphrase for joining; asked for otherwise.")),
    ] = None,
    name: DeskNameOption = "",
    wait: Annotated[
        int, typer.Option("--wait", min=0, max=LONGEST_WAIT_MIN, help=_("Minutes to wait for a supervisor."))
    ] = LONGEST_WAIT_MIN,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Join a register: this desk gets a copy, in an empty folder, and enrols, checks and searches."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    require_folder(vault)  # before a supervisor is asked
    password = options.read_passphrase(join_passphrase_file, text("Passphrase for joining: "))
    request = JoinRequest.begin(server, password, name)
    try:
        program.output.note(text("The code of this desk: {code}", code=request.code))
        program.output.note(text("A supervisor types it at the desk that leads: mlid register admit"))
        joining = request.wait(wait * 60)
    finally:
        request.close()
    rows = _copied(program, joining, vault, operator, passphrase_file)
    said = text("This desk has joined: {rows} items. To keep it in step: mlid register sync", rows=rows)
    program.output.result({"items": rows}, [said])


def _copied(program: Program, joining: Joining, vault: Path, operator: str | None, passphrase_file: Path | None) -> int:
    """Makes the copy; a passphrase that is typed wrong is asked for once more, as a supervisor has admitted this desk
    already."""
    while True:
        passphrase = options.read_passphrase(passphrase_file, program.language.text("Passphrase: "))
        try:
            return join(joining, vault, operator, passphrase, program.station.clock)
        except VaultError as fault:
            if passphrase_file is not None or fault.code is not Code.VAULT_WRONG_PASSPHRASE:
                raise
            program.output.fault(fault)


def _work_through(tasks: SimpleQueue[Callable[[], None]], seconds: int) -> None:
    """Does what is handed in, for so many seconds, or until the program is interrupted."""
    end = time.monotonic() + seconds
    try:
        while not seconds or time.monotonic() < end:
            try:
                task = tasks.get(timeout=max(0.0, end - time.monotonic()) if seconds else LOOKED_EVERY_S)
            except Empty:
                continue
            task()
    except KeyboardInterrupt:
        return


def _document(found: RegisterStatus) -> dict[str, object]:
    return {
        "desk": found.identifier,
        "leads": found.leads,
        "change": found.number,
        "behind": found.behind,
        "encrypted": found.encrypted,
        "server": found.server_version,
        "in_step_at": None if found.in_step_at is None else found.in_step_at.isoformat(),
        "desks": list(found.desks),
        "withdrawals_waiting": found.waiting,
        "schema": found.schema,
    }


def _lines(found: RegisterStatus, language: Language) -> list[str]:
    text = language.text
    lines = [
        text("This desk, {desk}, leads the register.", desk=found.identifier)
        if found.leads
        else text("This desk, {desk}, is in a register that another desk leads.", desk=found.identifier),
        text(
            "PostgreSQL {version}; the newest change is number {number}.",
            version=found.server_version,
            number=found.number,
        ),
        text("Desks: {desks}", desks=len(found.desks)),
    ]
    older = older_words(found.schema, language)
    if older:
        lines.append(older)
    if found.behind:
        lines.append(text("Changes that this desk has not seen: {behind}", behind=found.behind))
    return lines
