"""Audit reports for the user interfaces: the day's report, a checkpoint kept outside, an export checked without a
vault."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from mlid_desktop.domain.audit import AuditFinding, Checkpoint
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import unicode_text
from mlid_desktop.station.documents.day_report import day_report, entries_of_day
from mlid_desktop.station.documents.pdf import PaperSheet
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import AUDIT_FAULTS
from mlid_desktop.vault.audit.checkpoints import checkpoint_bytes
from mlid_desktop.vault.audit.export import ExportReport, check_export
from mlid_desktop.vault.lifecycle import Vault

MAX_EXPORT_BYTES = 1024**3
MAX_CHECKPOINT_BYTES = 4096


def report_of_day(vault: Vault, day: date, language: Language) -> PaperSheet:
    """The report of one day's audit entries, with a checkpoint signed now. Raises VaultError(VAULT_NOT_PERMITTED,
    VAULT_DAMAGED)."""
    vault.audit.append("audit.reported", {})
    signed = vault.audit.sign_checkpoint()
    entries = entries_of_day(vault.audit.entries(), day)
    return day_report(entries, day, signed, checkpoint_characters(signed), language)


def audit_finding_text(finding: AuditFinding, language: Language) -> str:
    """A sentence on how the audit was changed."""
    return language.text(AUDIT_FAULTS[finding.fault], entry=finding.entry)


def checkpoint_characters(signed: Checkpoint) -> str:
    """An audit checkpoint as the characters of its file and its QR code."""
    return checkpoint_bytes(signed).decode()


def read_checkpoint_file(path: Path) -> bytes:
    """Reads the bytes of a checkpoint that was kept outside, still untrusted. Raises UsageError where the file is not
    there or too large."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_CHECKPOINT_BYTES + 1)
    except OSError:
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    if len(untrusted) > MAX_CHECKPOINT_BYTES:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=str(path))
    return untrusted


def check_export_file(path: Path, untrusted_outside: bytes | None) -> ExportReport:
    """Checks an exported audit against the checkpoint in it and one from outside. Raises UsageError."""
    try:
        with path.open("rb") as file:
            stored = file.read(MAX_EXPORT_BYTES + 1)
        if len(stored) > MAX_EXPORT_BYTES:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=str(path))
        untrusted = unicode_text(stored)
    except OSError:
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    except UnicodeDecodeError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=str(path)) from None
    return check_export(untrusted.split("\n")[:-1], untrusted_outside)
