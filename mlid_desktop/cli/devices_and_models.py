"""The commands ``mlid devices`` and ``mlid models``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program, leave
from mlid_desktop.domain.errors import Code, ModelError, UsageError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.station.administration.served_modalities import served_lines, served_modalities
from mlid_desktop.station.administration.trust_anchors import DeviceTrust
from mlid_desktop.station.text.exit_codes import EXIT_FAULT
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import DEVICE_STATES, MODALITIES, SOURCES

MOST_CERTIFICATE_BYTES = 1 << 20  # more than are taken

model_commands = typer.Typer(no_args_is_help=True, help=_("The models: what is installed, install, verify."))


class DeviceAction(StrEnum):
    """Actions of ``mlid devices``."""

    LIST = "list"
    REGISTER = "register"
    TRUST = "trust"
    DISTRUST = "distrust"
    CERTIFICATES = "certificates"


def devices(
    action: Annotated[DeviceAction, typer.Argument(help=_("What to do."))] = DeviceAction.LIST,
    address: Annotated[
        str | None, typer.Argument(help=_("Which source, such as camera:0; a file of certificates; a checksum."))
    ] = None,
    vault: Annotated[Path | None, typer.Option("--vault", envvar="MLID_VAULT", help=_("Folder of the vault."))] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """What is connected; register a device, so that it counts as live; trust certificates of device providers,
    show them (or who signs for a device service's reader), trust one no more (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    if action is DeviceAction.LIST:
        _list_devices(program)
        return
    if action is DeviceAction.CERTIFICATES and vault is not None:
        with program.unlocked(vault, operator, passphrase_file) as unlocked:
            _certificates(program, unlocked.session.device_trust, address)
        return
    if address is None or vault is None:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="ADDRESS, --vault")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        act = Act.REGISTER_DEVICE if action is DeviceAction.REGISTER else Act.GOVERN
        confirmed = unlocked.require_second(act, second, second_passphrase_file)
        if action is DeviceAction.TRUST:
            _trust(program, unlocked.session.device_trust, Path(address), confirmed)
            return
        if action is DeviceAction.DISTRUST:
            gone = unlocked.session.device_trust.distrust(address, confirmed)
            said = program.language.text("No longer trusted: {name}.", name=gone.subject)
            program.output.result({"distrusted": gone.fingerprint}, [said])
            return
        modality = program.station.usual_modality(address)
        identity = program.station.open_source(address, modality, unlocked.session).identity
        unlocked.session.administration.register_device(identity, confirmed)
        program.output.result(
            {"registered": identity.name}, [program.language.text("Registered {name}.", name=identity.name)]
        )


def _trust(program: Program, trust: DeviceTrust, path: Path, confirmed: SecondPerson | None) -> None:
    number = trust.trust(options.read_bounded(path, MOST_CERTIFICATE_BYTES), confirmed)
    program.output.result(
        {"trusted": number},
        [program.language.plural("{number} certificate is trusted.", "{number} certificates are trusted.", number)],
    )


def _certificates(program: Program, trust: DeviceTrust, address: str | None) -> None:
    """Prints the trusted certificates of device providers, or those that sign for one reader."""
    language = program.language
    found = trust.certificates() if address is None else trust.signers(address).chain
    document = {
        "certificates": [
            {
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "sha256": certificate.fingerprint,
                "from": certificate.valid_from.isoformat(),
                "until": certificate.valid_until.isoformat(),
                "trusted": certificate.trusted,
            }
            for certificate in found
        ]
    }
    rows = [
        (
            certificate.subject,
            certificate.fingerprint,
            language.date(certificate.valid_until),
            language.text("yes") if certificate.trusted else language.text("no"),
        )
        for certificate in found
    ]
    heads = [language.text(head) for head in (_("Certificate"), _("Checksum"), _("Valid until"), _("Trusted"))]
    program.output.table(document, heads, rows, language.text("No certificate is trusted."))


def _list_devices(program: Program) -> None:
    language = program.language
    found = program.station.devices()
    document = {
        "devices": [
            {
                "address": str(device.address),
                "name": device.identity.name,
                "kind": device.kind.value,
                "modality": device.modality.value,
                "state": device.state.value,
            }
            for device in found
        ]
    }
    rows = [
        (
            str(device.address),
            device.identity.name,
            language.text(MODALITIES[device.modality]),
            language.text(SOURCES[device.kind]),
            language.text(DEVICE_STATES[device.state.value]),
        )
        for device in found
    ]
    heads = [language.text(head) for head in (_("Address"), _("Name"), _("For"), _("Kind"), _("State"))]
    program.output.table(document, heads, rows, language.text("No device was found. Connect a camera and try again."))


@model_commands.command("list")
def list_models(as_json: options.JsonOption = False) -> None:
    """Which models there are, and which are installed."""
    program = Program.start(as_json=as_json)
    states = program.station.models().state()
    document = {
        "models": [
            {
                "role": state.role,
                "file": state.file,
                "state": str(state.state),
                "optional": state.alternative,
                "grade": state.grade.value,
                "licence": state.licence,
                "size": state.size,
                "from": [source.document() for source in state.sources],
            }
            for state in states
        ],
        "serve": [
            {"modality": row.modality.value, "grade": row.grade.value, "missing": list(row.missing)}
            for row in served_modalities(states)
        ],
    }
    words = {"installed": _("installed"), "missing": _("missing"), "changed": _("changed")}
    optional = program.language.text("optional")
    rows = [
        (
            state.role,
            state.file,
            optional
            if state.alternative and str(state.state) == "missing"
            else program.language.text(words[str(state.state)]),
            state.licence,
            f"{state.size / 1e6:.1f} MB",
            ", ".join(dict.fromkeys(source.origin for source in state.sources)),
        )
        for state in states
    ]
    columns = (_("Role"), _("File"), _("State"), _("Licence"), _("Size"), _("From"))
    heads = [program.language.text(head) for head in columns]
    program.output.table(document, heads, rows, program.language.text("The manifest names no models."))
    _tell_what_serves(program)


@model_commands.command("install")
def install_models(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help=_("Folder with the published files, their packages, or a finished pack; no network needed.")
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--with", help=_("An optional model to install too, by its file; may be given again.")),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Fetch, build, verify and install the models."""
    program = Program.start(as_json=as_json)
    if source is not None and not source.is_dir():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(source))
    with program.output.progress(program.language.text("Installing models")) as bar:

        def advance(note: str, done: float) -> None:
            bar.update(bar.task_ids[0], completed=done, note=note)

        try:
            installed = program.station.install_models(source, advance, alternatives=tuple(also or ()))
        except ModelError:
            _note_missing(program)
            _tell_what_serves(program)
            raise
    count = program.language.plural("{number} model installed.", "{number} models installed.", len(installed))
    program.output.result(
        {"installed": list(installed), "folder": str(program.station.settings.models)},
        [count if installed else program.language.text("Every model is installed already.")],
    )
    _tell_what_serves(program)


def _tell_what_serves(program: Program) -> None:
    """Tells people what each modality serves for with the models that are there."""
    for name, said in served_lines(program.station.models().state(), program.language):
        program.output.note(f"{name}: {said}")


def _note_missing(program: Program) -> None:
    """Notes which of the models that are wanted are not there; the others are."""
    for state in program.station.models().state():
        if state.chosen and str(state.state) == "missing":
            program.output.note(program.language.text("Missing: {file}", file=state.file))


@model_commands.command("verify")
def verify_models(as_json: options.JsonOption = False) -> None:
    """Check every model file in use against the manifest."""
    program = Program.start(as_json=as_json)
    states = program.station.models().state()
    changed = [state.file for state in states if str(state.state) == "changed"]
    missing = [state.file for state in states if str(state.state) == "missing" and state.chosen]
    lines = [program.language.text("Changed: {file}", file=file) for file in changed]
    lines += [program.language.text("Missing: {file}", file=file) for file in missing]
    whole = not changed and not missing
    program.output.result(
        {"verified": whole, "changed": changed, "missing": missing},
        lines or [program.language.text("Every model is installed, and is the published one.")],
    )
    if not whole:
        leave(EXIT_FAULT)
