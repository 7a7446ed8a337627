"""``mlid callers`` and ``mlid answer``: other programs that may ask this desk, and what they were answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.client import AnswerNotValidError, read_answer
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import USUAL_PURPOSE
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.external_requests.service import (
    USUAL_KINDS,
    USUAL_PORT,
    Caller,
    CallerField,
    RequestKind,
    Wanted,
)
from mlid_desktop.station.text.language import N_ as _

caller_commands = typer.Typer(no_args_is_help=True, help=_("Other programs that may ask this desk."))
answer_commands = typer.Typer(no_args_is_help=True, help=_("Answers that this desk gave another program."))
MAXIMUM_FILE = 4 * 1024 * 1024
MAXIMUM_KEY = 128


@caller_commands.command("list")
def list_callers(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Who may ask this desk, and whether anybody may."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        access = unlocked.session.external_requests.access()
        state = text("on, at 127.0.0.1:{port}", port=access.port) if access.port else text("off")
        answering = text("Answering other programs")
        lines = [f"{answering}: {state}"]
        lines += [f"{caller.caller_id}  {caller.name}" for caller in access.callers]
        document = {
            "port": access.port,
            "vault": access.vault_id,
            "key": access.pairing_key,
            "callers": [_document(caller) for caller in access.callers],
        }
        program.output.result(document, lines)


@caller_commands.command("on")
def turn_on(
    vault: options.VaultOption,
    port: Annotated[int, typer.Option("--port", help=_("Port of this machine."))] = USUAL_PORT,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Answer other programs while the window is open (supervisor)."""
    program = Program.start(as_json=as_json)
    if port == 0:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="port")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        unlocked.session.external_requests.turn(port)
        said = program.language.text("This desk answers other programs from now on.")
        program.output.result({"port": port}, [said])


@caller_commands.command("off")
def turn_off(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Answer no other program any more (supervisor)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        unlocked.session.external_requests.turn(0)
        said = program.language.text("This desk answers no other program any more.")
        program.output.result({"port": 0}, [said])


@caller_commands.command("admit")
def admit(
    name: Annotated[str, typer.Argument(help=_("Name, as the desk shows it."))],
    vault: options.VaultOption,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help=_("The program's Ed25519 public key, in base64url."))
    ] = None,
    origin: Annotated[str, typer.Option("--origin", help=_("Of a web page: its address."))] = "",
    token_out: Annotated[
        Path | None, typer.Option("--token-out", help=_("Of a web page: the file that its token is written to."))
    ] = None,
    identify: Annotated[bool, typer.Option("--identify", help=_("It may ask who somebody is."))] = False,
    tell: Annotated[
        list[CallerField] | None, typer.Option("--tell", help=_("What it is told of a person besides the outcome."))
    ] = None,
    tell_field: Annotated[
        list[str] | None,
        typer.Option("--tell-field", help=_("One of the site's own fields that it is told, by its name.")),
    ] = None,
    purpose: Annotated[
        list[str] | None, typer.Option("--purpose", help=_("Purposes of consent texts that it is answered for."))
    ] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Admit another program (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    if (key_file is None) == (not origin) or bool(origin) != (token_out is not None):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--key-file, --origin, --token-out")
    if token_out is not None:
        options.require_output(token_out, key_file, replace=False)
    key = "" if key_file is None else options.read_bounded(key_file, MAXIMUM_KEY).decode("ascii", "replace").strip()
    kinds = USUAL_KINDS | ({RequestKind.IDENTIFY} if identify else set())
    wanted = Wanted(
        name, kinds, tuple(purpose or (USUAL_PURPOSE,)), frozenset(tell or ()), origin, key, tuple(tell_field or ())
    )
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.ADMIT_CALLER, second, second_passphrase_file)
        caller, token = unlocked.session.external_requests.admit(wanted, confirmed)
        if token_out is not None:
            write_private(token_out, f"{token}\n".encode())
        access = unlocked.session.external_requests.access()
        said = program.language.text(
            "{name} may ask this desk. Its identifier: {caller}. The key to trust: {key}.",
            name=caller.name,
            caller=caller.caller_id,
            key=access.pairing_key,
        )
        program.output.result({**_document(caller), "trust": access.pairing_key, "vault": access.vault_id}, [said])


@caller_commands.command("revoke")
def revoke(
    caller: Annotated[str, typer.Argument(help=_("Identifier or name of the program."))],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take another program out: it may ask nothing any more (supervisor)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        service = unlocked.session.external_requests
        found = [known for known in service.callers() if caller in {known.caller_id, known.name}]
        if not found:
            raise UsageError(Code.USAGE_UNKNOWN_CALLER)
        service.revoke(found[0].caller_id)
        said = program.language.text("{name} may ask nothing any more.", name=found[0].name)
        program.output.result({"revoked": found[0].caller_id}, [said])


@caller_commands.command("withdrawals")
def list_withdrawals(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Withdrawals that other programs sent: each is to be confirmed with the person, or undone."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        waiting = unlocked.session.external_requests.withdrawals.waiting()
        moment = program.language.moment
        lines = [
            f"{said.subject.number}  {said.subject.name}  {said.caller_name}  {moment(said.since)}" for said in waiting
        ]
        document = [
            {"number": said.subject.number, "caller": said.caller_name, "since": said.since.isoformat()}
            for said in waiting
        ]
        program.output.result({"withdrawals": document}, lines or [program.language.text("None is waiting.")])


@answer_commands.command("verify")
def verify_answer(
    file: Annotated[Path, typer.Argument(help=_("The answer as the desk sent it: JSON with answer and chain."))],
    key: Annotated[str, typer.Option("--key", help=_("The key that was given at pairing."))],
    audience: Annotated[str, typer.Option("--caller", help=_("Whom the answer must be for."))] = "",
    at: Annotated[
        int | None, typer.Option("--at", help=_("When it was received, in seconds since 1970; now otherwise."))
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check that an answer was signed by the desk that was paired, and show what it says."""
    program = Program.start(as_json=as_json)
    try:
        sent = json.loads(options.read_bounded(file, MAXIMUM_FILE))
        answer, chain = str(sent["answer"]), [str(link) for link in sent["chain"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(Code.USAGE_ANSWER_INVALID, why="form") from None
    now = program.station.clock.now().timestamp() if at is None else float(at)
    expected = {"aud": audience} if audience else {}
    try:
        found = read_answer(answer, chain, key, expected, now, accept_demo=True)  # what it is, its claims say
    except AnswerNotValidError as fault:
        raise UsageError(Code.USAGE_ANSWER_INVALID, why=fault.why) from None
    lines = [program.language.text("The answer holds: {verdict}.", verdict=found.verdict)]
    program.output.result({"valid": True, "claims": dict(found.claims)}, lines)


def _document(caller: Caller) -> dict[str, Any]:
    return {
        "caller": caller.caller_id,
        "name": caller.name,
        "origin": caller.origin,
        "key": caller.key,
        "kinds": sorted(kind.value for kind in caller.kinds),
        "purposes": list(caller.purposes),
        "fields": sorted(told.value for told in caller.fields),
        "site_fields": list(caller.site_fields),
        "admitted": caller.admitted_at.isoformat(),
    }
