"""The daily report on paper: counts, who was at the desk, and the day's audit checkpoint as QR code.

The paper is the copy of the checkpoint that no disk can change: ``mlid audit verify --against`` takes the QR's text.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from mlid_desktop.domain.audit import AuditEntry, Checkpoint
from mlid_desktop.station.documents.pdf import PaperSection, PaperSheet
from mlid_desktop.station.text.language import Language

ENDS = ("verdict", "reason", "outcome")
SHORT = 16  # characters of a link that a person compares by eye


def entries_of_day(entries: Sequence[AuditEntry], day: date) -> tuple[AuditEntry, ...]:
    """The audit entries of one day in the desk's own time zone."""
    return tuple(entry for entry in entries if entry.at.astimezone().date() == day)


def day_report(
    entries: Sequence[AuditEntry], day: date, checkpoint: Checkpoint, characters: str, language: Language
) -> PaperSheet:
    """The daily report of these audit entries; ``characters`` is the checkpoint as its file has it."""
    text = language.text
    acts = Counter(_act(entry) for entry in entries)
    staff = Counter(str(entry.facts.get("operator", "")) for entry in entries)
    first, last = (entries[0].sequence, entries[-1].sequence) if entries else (0, 0)
    signed = (
        (text("Vault"), checkpoint.vault_id),
        (text("Entries up to"), str(checkpoint.sequence)),
        (text("Signed at"), _moment(checkpoint.at)),
        (text("Link"), checkpoint.link.hex()[:SHORT]),
        (text("Checksum of the signing key"), hashlib.sha256(checkpoint.verify_key).hexdigest()[:SHORT]),
    )
    acted = tuple((act, str(count)) for act, count in sorted(acts.items()))
    return PaperSheet(
        text("Day report"),
        language.day(day),
        text("Entries {first} to {last} of the audit", first=first, last=last) if entries else text("No entry"),
        (
            PaperSection(text("What was done"), acted),
            PaperSection(
                text("Who was at the desk"), tuple((name, str(count)) for name, count in sorted(staff.items()))
            ),
            PaperSection(text("Checkpoint"), signed, code=characters),
            PaperSection(text("Signatures"), ((text("Supervisor"), "_" * 40), (text("Date"), "_" * 20))),
        ),
    )


def _act(entry: AuditEntry) -> str:
    ends = [str(entry.facts[name]) for name in ENDS if entry.facts.get(name)]
    return " / ".join((entry.event, *ends))


def _moment(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
