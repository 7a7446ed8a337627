"""``mlid self-check``, ``settings`` and ``doctor``: whether the program is as published, how it is set up and by whom,
and whether the desk has what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import leave
from mlid_desktop.cli.output import Output
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.assemble import assemble
from mlid_desktop.station.configuration.managed import managed_file
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import read_settings
from mlid_desktop.station.diagnosis.findings import FindingState, gravest_state
from mlid_desktop.station.diagnosis.report import examine_desk, report_text
from mlid_desktop.station.documents.output_files import require_writable, write_private
from mlid_desktop.station.installation.file_manifest import FileDifference
from mlid_desktop.station.installation.self_check import (
    Installation,
    InstallationState,
    SelfCheckResult,
    check_installation,
)
from mlid_desktop.station.installation.signatures import KEY_FILE, read_public_key
from mlid_desktop.station.text.exit_codes import EXIT_FAULT
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language, open_language

DIFFERENCES = {
    FileDifference.CHANGED: _("Changed: {file}"),
    FileDifference.MISSING: _("Missing: {file}"),
    FileDifference.ADDED: _("Not of this program: {file}"),
    FileDifference.UNREADABLE: _("Cannot be read: {file}"),
}


def self_check(
    folder: Annotated[
        Path | None, typer.Option("--folder", help=_("Check the program in this folder instead of the one that runs."))
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help=_("File with the publisher's public key, got on another way."))
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Compare every file of the installation with the publisher's signed list. It cannot find a checker that was
    itself replaced; for that, check the folder with a program of your own."""
    resources = resource_folder()
    language = open_language(resources / "translations", read_settings().language)
    outcome = check_installation(_asked(folder, key, resources))
    Output(language, as_json=as_json).result(_document(outcome), _lines(outcome, language))
    if outcome.standing in {InstallationState.CHANGED, InstallationState.UNSIGNED}:
        leave(EXIT_FAULT)


def settings(as_json: options.JsonOption = False) -> None:
    """Every setting of this desk, and which of them the administrator manages."""
    found = read_settings()
    language = open_language(resource_folder() / "translations", found.language)
    shown = {name: str(value) for name, value in found if name != "managed"}
    managed = {"logs" if name == "state" else name: value for name, value in shown.items()}
    rows = [
        (name, value, language.text(_("managed")) if name in found.managed else "") for name, value in managed.items()
    ]
    heads = [language.text(head) for head in (_("Setting"), _("Value"), _("By your administrator"))]
    document = {"settings": managed, "managed": sorted(found.managed), "file": str(managed_file())}
    Output(language, as_json=as_json).table(document, heads, rows, "")


def doctor(
    out: Annotated[Path | None, typer.Option("--out", help=_("File to write the report to, for support."))] = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Test what this desk needs: program, display, fonts, clock, rights, disk, models, devices, sound, updates. The
    report names no person, host, account, folder, vault or serial; it is shown in full, and written with --out."""
    if out is not None:
        require_writable(out, replace=force)
    station = assemble()
    findings = examine_desk(station)
    report = report_text(findings, station.language, station.language.moment(station.clock.now()))
    state = gravest_state(findings)
    listed = [
        {"subject": finding.subject.value, "state": finding.state.value, "said": finding.said, "remedy": finding.remedy}
        for finding in findings
    ]
    Output(station.language, as_json=as_json).result({"state": state.value, "findings": listed}, [report.rstrip()])
    if out is not None:
        write_private(out, report.encode(), replace=force)
    if state is FindingState.FAULT:
        leave(EXIT_FAULT)


def _asked(folder: Path | None, key: Path | None, resources: Path) -> Installation | None:
    """The installation to check: the folder that was named, else the running one; by the key that was named, else its
    own."""
    running = Installation.of_this_program(resources)
    for path in (folder, key):
        if path is not None and not path.exists():
            raise UsageError(Code.USAGE_PATH_MISSING, path=str(path))
    if folder is None and running is None:
        return None
    trusted = read_public_key(key or resources / KEY_FILE)
    if folder is not None and trusted is None:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--key")
    return Installation(folder.resolve() if folder else running.folder if running else Path(), trusted)


def _document(outcome: SelfCheckResult) -> dict[str, object]:
    return {
        "standing": outcome.standing.value,
        "version": outcome.version,
        "files": outcome.checked,
        "findings": [{"file": finding.path, "difference": finding.difference.value} for finding in outcome.findings],
    }


def _lines(outcome: SelfCheckResult, language: Language) -> list[str]:
    match outcome.standing:
        case InstallationState.NOT_INSTALLED:
            return [language.text("This program runs from its sources: there is nothing to compare with.")]
        case InstallationState.UNSIGNED:
            return [language.text("There is no list of files here that its publisher signed.")]
        case InstallationState.CHANGED:
            return [language.text(DIFFERENCES[finding.difference], file=finding.path) for finding in outcome.findings]
    return [language.text("All {number} files are as they were published.", number=outcome.checked)]
