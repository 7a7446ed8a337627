"""``mlid ask``: asks a desk of this machine as another program does, for scripts; without a vault."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import json_documents, options
from mlid_desktop.cli.context import EXIT_NOT_HANDED_OUT, Program, handed_out, leave
from mlid_desktop.client import (
    AnswerNotValidError,
    DeskClient,
    DeskPairing,
    DeskQuestion,
    DeskRefusedError,
    DeskUnreachableError,
    PatientNotUsableError,
    new_private_key,
    pair,
    question_about,
    verified_patient,
)
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.errors import Code, StationError, UsageError
from mlid_desktop.domain.subjects import USUAL_PURPOSE
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.external_requests.service import USUAL_PORT
from mlid_desktop.station.text.language import N_ as _

ask_commands = typer.Typer(no_args_is_help=True, help=_("Ask a desk of this machine, as another program does."))
MAXIMUM_PAIRING, MAXIMUM_PATIENT = 4096, 256 * 1024
REQUEST = re.compile(r"[0-9a-f]{32}")
EXIT_DONE, EXIT_NO_RESULT = (json_documents.EXIT_CODES[verdict] for verdict in (Verdict.ACCEPTED, Verdict.INCONCLUSIVE))
EXIT_CODES = {verdict.value: code for verdict, code in json_documents.EXIT_CODES.items()}
EXIT_CODES |= dict.fromkeys(("enrolled", "found", "withdrawn"), EXIT_DONE)  # and EXIT_NO_RESULT for what is not named
PairingOption = Annotated[Path, typer.Option("--pairing", help=_("The file that pairing wrote."))]


class Kind(StrEnum):
    """What can be asked of a desk."""

    VERIFY = "verify"
    ENROL = "enrol"
    WITHDRAW = "withdraw"
    IDENTIFY = "identify"


@ask_commands.command("pair")
def pair_desk(
    code: Annotated[str, typer.Argument(help=_("The code that the window of the desk shows."))],
    out: Annotated[Path, typer.Option("--out", help=_("The file that key and identifiers are written to."))],
    port: Annotated[int, typer.Option("--port", help=_("Port of this machine."))] = USUAL_PORT,
    as_json: options.JsonOption = False,
) -> None:
    """Become a program that may ask: name the code that two people were given."""
    program = Program.start(as_json=as_json)
    options.require_output(out, replace=False)
    with _faults():
        paired = pair(code, new_private_key(), port)
    write_private(out, f"{paired.written()}\n".encode())
    said = program.language.text("This program may ask the desk. Keep {path} where it alone reads.", path=str(out))
    program.output.result({"caller": paired.caller, "trust": paired.trusted, "vault": paired.vault_id}, [said])


@ask_commands.command("desk")
def ask_for_state(pairing: PairingOption, as_json: options.JsonOption = False) -> None:
    """Whether the desk can be asked now."""
    program = Program.start(as_json=as_json)
    with _faults():
        told = dict(_desk(pairing).station())
    program.output.result(told, [str(told.get("state", ""))])


@ask_commands.command("send")
def send(
    kind: Annotated[Kind, typer.Argument(help=_("What is asked."))],
    pairing: PairingOption,
    number: Annotated[str, typer.Argument(help=_("Whom it is about; nobody in a search."))] = "",
    name: Annotated[str, typer.Option("--name", help=_("Name of a person who is to be enrolled."))] = "",
    purpose: Annotated[str, typer.Option("--purpose", help=_("Purpose of the consent text."))] = USUAL_PURPOSE,
    request: Annotated[
        str, typer.Option("--request", help=_("32 hex digits: the same asks for the same again, after a lost line."))
    ] = "",
    seconds: Annotated[float, typer.Option("--wait", min=0.0, max=1800.0, help=_("Seconds to wait."))] = 900.0,
    patient: Annotated[
        Path | None, typer.Option("--patient", help=_("Whom it is about, as a FHIR R4 Patient (JSON)."))
    ] = None,
    system: Annotated[str, typer.Option("--system", help=_("System of the identifier that is the number."))] = "",
    patient_out: Annotated[
        Path | None, typer.Option("--patient-out", help=_("The file for the Patient with the verified identifier."))
    ] = None,
    birth_date: Annotated[
        str, typer.Option("--birth-date", help=_("Name of the site's own field that is the Patient's birth date."))
    ] = "",
    accept_demo: Annotated[bool, typer.Option("--accept-demo", help=_("Believe a desk made for trying out."))] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Ask, wait for the operator, and show the answer once it was verified."""
    program = Program.start(as_json=as_json)
    if request and not REQUEST.fullmatch(request):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--request")
    if bool(patient) == bool(number or kind is Kind.IDENTIFY) or bool(system) != bool(patient or patient_out):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="NUMBER, --patient, --system")
    if patient_out is not None:
        options.require_output(patient_out, patient, pairing, replace=False)
    identifiers = {"request": request, "nonce": request} if request else {}
    with _faults():
        whom = DeskQuestion(kind.value, number, name)
        if patient is not None:
            whom = question_about(options.read_bounded(patient, MAXIMUM_PATIENT), system, kind.value)
        question = DeskQuestion(kind.value, whom.number, whom.name, purpose, **identifiers)
        desk = _desk(pairing, accept_demo=accept_demo)
        desk.ask(question)
        try:
            status = desk.wait(question, seconds)
        except KeyboardInterrupt:  # whoever asked is gone: nobody is checked for nothing
            desk.cancel(question)
            raise
        answer = desk.answer(question, status) if status.answer else None
    document: dict[str, Any] = {"request": question.request, "state": status.state}
    if answer is None:
        program.output.result(document, [status.state])
        leave(EXIT_NO_RESULT)
    made = verified_patient(answer, question, system, birth_date) if patient_out is not None else None
    program.output.result({**document, "verdict": answer.verdict, "claims": dict(answer.claims)}, [answer.verdict])
    if patient_out is not None and made is not None:
        content, target = json.dumps(made, ensure_ascii=False, indent=2).encode(), patient_out
        if not handed_out(program, lambda: write_private(target, content)):
            leave(EXIT_NOT_HANDED_OUT)
    if (code := EXIT_CODES.get(answer.verdict, EXIT_NO_RESULT)) != EXIT_DONE:
        leave(code)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except DeskUnreachableError:
        raise StationError(Code.STATION_DESK_SILENT) from None
    except DeskRefusedError as refused:
        raise UsageError(Code.USAGE_DESK_REFUSED, why=refused.name) from None
    except PatientNotUsableError as fault:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--patient ({fault.why})") from None
    except AnswerNotValidError as fault:
        raise UsageError(Code.USAGE_ANSWER_INVALID, why=fault.why) from None


def _desk(path: Path, *, accept_demo: bool = False) -> DeskClient:
    try:
        return DeskClient(
            DeskPairing.read(options.read_bounded(path, MAXIMUM_PAIRING).decode("utf-8", "replace")),
            accept_demo=accept_demo,
        )
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--pairing") from None
