"""``mlid register desks``, ``remove`` and ``erasures``: which desks there are, and what each has followed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.administration.register.erasures import desk_line, erasure_at_desks
from mlid_desktop.station.administration.register.service import DeskStanding, ErasureStanding
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language


def register(commands: typer.Typer) -> None:
    """Adds the commands about desks."""
    commands.command("desks")(desks)
    commands.command("remove")(remove)
    commands.command("erasures")(erasures)


def desks(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """List the desks of the register: who they are, when each last said how it stands, and whether it is in step."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        found, now = unlocked.session.register.desks(), program.station.clock.now()
        lines = [f"{desk.name} ({desk.identifier[:12]}): {desk_line(desk, now, program.language)}" for desk in found]
        program.output.result({"desks": [_document(desk) for desk in found]}, lines)


def remove(
    desk: Annotated[str, typer.Argument(help=_("Name of the desk, or how its identifier begins."))],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take a desk out of the register (supervisor, with a second person): it gets no further keys."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.GOVERN, second, second_passphrase_file)
        gone = unlocked.session.register.remove(desk, confirmed)
        lines = [
            text("{name} is taken out: the register lets it in no more, and gives it no further keys.", name=gone.name),
            text("What it holds has to be presumed known. A rotation of the vault's keys goes further."),
        ]
        program.output.result({"removed": gone.identifier, "name": gone.name}, lines)


def erasures(
    vault: options.VaultOption,
    entry: Annotated[
        int | None, typer.Option("--entry", min=1, help=_("Of this entry of the list of erasures alone."))
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=_("File for the certificate of that erasure, as PDF."))
    ] = None,
    force: options.ForceOption = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """List erasures and the desks that have carried each out, or have not and may still hold the person."""
    from mlid_desktop.station.documents.pdf import write_sheet  # noqa: PLC0415 - late: start-up

    program = Program.start(as_json=as_json)
    language = program.language
    if out is not None and entry is None:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--entry")
    if out is not None:
        options.require_output(out, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        found = unlocked.session.register.erasures(entry)
        if out is not None:
            sheet = erasure_at_desks(found[0], unlocked.session.vault_id, program.station.clock.now(), language)
            write_sheet(out, sheet, language, replace=force)
        lines = [
            language.text(
                "Entry {entry}: done at {done} of {desks} desks",
                entry=erasure.entry.sequence,
                done=len(erasure.done),
                desks=len(erasure.done) + len(erasure.waiting),
            )
            + _waiting(erasure, language)
            for erasure in found
        ]
        program.output.result({"erasures": [_erasure_document(erasure) for erasure in found]}, lines)


def _waiting(erasure: ErasureStanding, language: Language) -> str:
    names = ", ".join(desk.name for desk in erasure.waiting)
    return f" ({language.text('not yet: {names}', names=names)})" if names else ""


def _document(desk: DeskStanding) -> dict[str, object]:
    return {
        "desk": desk.identifier,
        "name": desk.name,
        "this": desk.is_own,
        "leads": desk.leads,
        "removed": desk.is_removed,
        "behind": desk.behind,
        "said_at": None if desk.said_at is None else desk.said_at.isoformat(),
        "version": "" if desk.word is None else desk.word.version,
        "schema": desk.schema,
    }


def _erasure_document(erasure: ErasureStanding) -> dict[str, object]:
    return {
        "entry": erasure.entry.sequence,
        "subject": erasure.entry.subject_id,
        "erased_at": erasure.entry.erased_at.isoformat(),
        "done": [desk.name for desk in erasure.done],
        "waiting": [desk.name for desk in erasure.waiting],
    }
