"""Exports the audit as lines of JSON that anybody can check against a checkpoint, without any key (FORMAT.md, 7)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlid_desktop.domain.audit import AuditFault, AuditFinding, Checkpoint
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.vault.audit.checkpoints import checkpoint_bytes, finding, read_checkpoint
from mlid_desktop.vault.audit.log import covered_digests
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.transaction import START

MAXIMUM_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Result of checking an audit export: the number of ``entries`` in place; ``checkpoint`` is the signed one it was
    compared with."""

    entries: int
    checkpoint: Checkpoint | None
    finding: AuditFinding | None


def export_lines(
    identity: VaultIdentity, rows: Iterable[tuple[int, bytes, bytes, bytes]], newest: Checkpoint | None
) -> Iterator[str]:
    """The lines of an export: one for each audit entry with its number, text, hash of its ciphertext and link; then the
    newest checkpoint."""
    yield _line({"format": 1, "vault": identity.vault_id})
    for sequence, plain, sealed, link in rows:
        digest = hashlib.sha256(sealed).hexdigest()
        yield _line({"sequence": sequence, "entry": plain.decode(), "sealed": digest, "link": link.hex()})
    if newest is not None:
        yield _line({"checkpoint": json.loads(checkpoint_bytes(newest))})


def check_export(untrusted_lines: Sequence[str], untrusted_outside: bytes | None = None) -> ExportReport:
    """Checks an audit export: recomputes every link and compares the chain with the checkpoint in the file and with one
    kept outside, whose key is then the one that is trusted. Raises UsageError where this is no export."""
    try:
        head, *rest = [_read(line) for line in untrusted_lines]
        vault = str(head["vault"])
        signed = [json.dumps(line["checkpoint"], separators=(",", ":")) for line in rest if "checkpoint" in line]
        entries = [line for line in rest if "checkpoint" not in line]
        inside = [read_checkpoint(checkpoint.encode()) for checkpoint in signed]
        links, found = _walk(entries)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="audit export") from None
    outside = None if untrusted_outside is None else read_checkpoint(untrusted_outside)
    held = [*inside, *([] if outside is None else [outside])]
    trusted = [checkpoint.verify_key for checkpoint in ([outside] if outside is not None else inside)]
    for checkpoint in held if found is None else ():
        identity = VaultIdentity(vault, checkpoint.demo, checkpoint.created_at)
        found = found or finding(checkpoint, identity, trusted, links, checkpoint.generation)
    return ExportReport(len(links) - 1, held[-1] if held else None, found)


def _walk(entries: Sequence[dict[str, object]]) -> tuple[list[bytes], AuditFinding | None]:
    links = [START]
    for entry in entries:
        sequence = len(links)
        if entry["sequence"] != sequence:
            return links, AuditFinding(AuditFault.REMOVED, sequence)
        digests = bytes.fromhex(str(entry["sealed"])), hashlib.sha256(str(entry["entry"]).encode()).digest()
        link = hashlib.sha256(covered_digests(sequence, links[-1], *digests)).digest()
        if str(entry["link"]) != link.hex():
            return links, AuditFinding(AuditFault.CHANGED, sequence)
        links.append(link)
    return links, None


def _read(untrusted_line: str) -> dict[str, object]:
    if len(untrusted_line) > MAXIMUM_LINE:
        raise ValueError("a line is short")
    content = json.loads(untrusted_line)
    if not isinstance(content, dict):
        raise TypeError("a line is an object")
    return content


def _line(content: dict[str, object]) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)
