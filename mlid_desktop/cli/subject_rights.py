"""``mlid subject``: withdraws or renews a person's consent, notes a wish, and exports what is kept about the person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.attempt_results import portrait_choice
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.portraits import portrait_commands
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import ConsentOutcome, ErasureReason
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.pdf import write_sheet
from mlid_desktop.station.documents.subject_access import access_document_bytes, access_sheet
from mlid_desktop.station.external_requests.withdrawals import UndoReason
from mlid_desktop.station.text.consent_texts import consent_text, record_answer
from mlid_desktop.station.text.language import N_ as _

subject_commands = typer.Typer(no_args_is_help=True, help=_("What a person may ask for: withdraw, see what is kept."))
subject_commands.add_typer(portrait_commands, name="portrait")
NumberArgument = Annotated[str, typer.Argument(help=_("The person's number."))]
GuardianOption = Annotated[str, typer.Option("--guardian", help=_("Who speaks in the person's place."))]
PAPER = ".pdf"


@subject_commands.command("withdraw")
def withdraw(
    number: NumberArgument,
    vault: options.VaultOption,
    guardian: GuardianOption = "",
    reason: Annotated[str, typer.Option("--reason", help=_("Reason, if one was given; none is needed."))] = "",
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take consent back: nothing is compared from now on. With a second person the record is erased at once."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    guardian, reason = options.read_words(guardian, "--guardian"), options.read_words(reason, "--reason")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        rights = unlocked.session.subject_rights
        subject = unlocked.session.subjects.by_number(number)
        is_known = rights.withdraw_consent(subject, guardian, reason)
        lines = [text("Consent of {number} is withdrawn. Nothing is compared any more.", number=number)]
        if not is_known:
            lines.append(text("So far this desk alone knows of it. The register learns of it once it is reached."))
            lines.append(text("Only then can the record be erased."))
        elif second is None:
            lines.append(text("The record is due today: erase it with a second person."))
        is_erased = False
        try:
            if is_known and second is not None:
                confirmed = unlocked.require_second(Act.ERASE, second, second_passphrase_file)
                rights.erase(subject, confirmed, ErasureReason.WITHDRAWN)
                is_erased = True
                lines.append(text("Erased {number}.", number=number))
        finally:  # that consent is withdrawn is said, whatever becomes of the erasure
            told = {"withdrawn": number, "erased": is_erased, "waits_for_register": not is_known}
            program.output.result(told, lines)


@subject_commands.command("undo-withdrawal")
def undo_withdrawal(
    number: NumberArgument,
    vault: options.VaultOption,
    reason: Annotated[UndoReason, typer.Option("--reason", help=_("Why it does not hold."))],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Undo a withdrawal that another program sent: the person says otherwise, and is compared as before."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        subject = unlocked.session.subjects.by_number(number)
        unlocked.session.external_requests.withdrawals.undo(subject, reason)
        said = program.language.text("{name} is compared as before.", name=subject.name)
        program.output.result({"undone": number, "reason": reason.value}, [said])


@subject_commands.command("renew")
def renew(
    number: NumberArgument,
    vault: options.VaultOption,
    guardian: GuardianOption = "",
    portrait: options.PortraitOption = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """The person agrees again, to the text of today."""
    program = Program.start(as_json=as_json)
    agreed_to, said = consent_text(program.language), options.read_words(guardian, "--guardian")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        session = unlocked.session
        chosen = portrait_choice(unlocked, chosen=portrait)
        consent = record_answer(agreed_to, ConsentOutcome.ACCEPTED, session.now(), said, portrait=chosen)
        session.subject_rights.renew_consent(session.subjects.by_number(number), consent)
        program.output.result(
            {"renewed": number, "text_version": agreed_to.version, "portrait_chosen": consent.portrait},
            [program.language.text("Consent of {number} is renewed.", number=number)],
        )


@subject_commands.command("number")
def give_number(
    number: Annotated[str, typer.Argument(help=_("The person's identifier, as mlid records shared lists it."))],
    new_number: Annotated[str, typer.Argument(help=_("A number that nobody has."))],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Give one of several people who share a number another one; two people answer for who it is."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        subject = unlocked.session.subjects.by_number(number)
        confirmed = unlocked.require_second(Act.CHANGE_NUMBER, second, second_passphrase_file)
        kept = unlocked.session.subject_rights.give_number(subject, new_number, confirmed)
        program.output.result(
            {"subject": subject.subject_id, "number": kept},
            [
                program.language.text(
                    "{name} now has No. {number}. Print a new receipt.", name=subject.name, number=kept
                )
            ],
        )


@subject_commands.command("correct")
def correct(
    number: NumberArgument,
    vault: options.VaultOption,
    new_number: Annotated[
        str | None, typer.Option("--number", help=_("The number as it should be (with a second person)."))
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help=_("The name as it should be (with a second person)."))
    ] = None,
    field: options.FieldOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Correct what is recorded about a person, without a new capture; print a new receipt after it."""
    program, typed = Program.start(as_json=as_json), options.read_fields(field)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        subject = unlocked.session.subjects.by_number(number)
        confirmed = None
        if new_number is not None or name is not None:
            confirmed = unlocked.require_second(Act.CORRECT_IDENTITY, second, second_passphrase_file)
        changed = unlocked.session.site_fields.correct(subject, confirmed, number=new_number, name=name, typed=typed)
        text = program.language.text
        said = text("Corrected. Print a new receipt.") if changed else text("Nothing was changed.")
        program.output.result({"subject": subject.subject_id, "changed": list(changed)}, [said])


@subject_commands.command("wish")
def note_wish(
    number: NumberArgument,
    vault: options.VaultOption,
    without_movements: Annotated[
        bool,
        typer.Option(
            "--without-movements/--with-movements",
            help=_("The person asks to be checked without movements of head and face, or may be asked again."),
        ),
    ],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Note whether a person may be asked for movements; nobody asks why."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        subject = unlocked.session.subjects.by_number(number)
        unlocked.session.subject_rights.note_wish(subject, without_movements=without_movements)
        program.output.result(
            {"number": subject.number, "without_movements": without_movements},
            [program.language.text("The wish of {name} is noted.", name=subject.name)],
        )


@subject_commands.command("export")
def export_person(
    number: NumberArgument,
    vault: options.VaultOption,
    out: Annotated[
        Path, typer.Option("--out", help=_("Write to this file: .pdf for paper, else JSON with all of it."))
    ],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Everything that is kept about a person, for that person; two people hand it out."""
    program = Program.start(as_json=as_json)
    options.require_output(out, passphrase_file, second_passphrase_file, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        subject = unlocked.session.subjects.by_number(number)
        confirmed = unlocked.require_second(Act.EXPORT_PERSON, second, second_passphrase_file)
        held = unlocked.session.subject_rights.holdings(subject, confirmed)
        if out.suffix.lower() == PAPER:
            write_sheet(out, access_sheet(held, program.language), program.language, replace=force)
        else:
            write_private(out, access_document_bytes(held, program.station.clock.now()), replace=force)
        program.output.written(out)
