"""Enrolling many people from a folder of images and a list, each on the same road as at the desk.

The list is a CSV with the heads ``number``, ``name``, ``consent_text``, ``consent_language``, ``consent_given_at``,
and any of ``guardian``, ``face``, ``right-thumb`` … ``left-little``. A cell under ``face`` or a finger is a file, or a
folder of images of the same characteristic, below the folder that is imported. A person is saved whole or not at all.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code, MlidError, UsageError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Details
from mlid_desktop.station.services.enrolment import EnrolmentRequest, EnrolmentService, outcome_reason
from mlid_desktop.station.services.one_shot_capture import Publish, publish_nothing
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.consent_texts import text_agreed_to
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage

MAXIMUM_ROWS = 100_000
MAXIMUM_LIST_BYTES = 64 * 1024 * 1024
MAXIMUM_CELL = 1024
NEEDED = ("number", "name", "consent_text", "consent_language", "consent_given_at")
CHARACTERISTICS: Mapping[str, Characteristic] = {
    "face": FACE,
    **{one.value: Characteristic(Modality.FINGERPRINT, one) for one in FingerPosition},
}
ALLOWED = frozenset({*NEEDED, "guardian", *CHARACTERISTICS})

OpenSource = Callable[[str, Modality], Source]


class RowOutcome(StrEnum):
    """How a row of the list ended."""

    SAVED = "saved"
    WOULD_BE_SAVED = "would_be_saved"
    THERE_ALREADY = "there_already"
    REFUSED = "refused"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class RowReport:
    """``line`` counts from 2, as the list does below its heads; ``why`` is a reason's or a fault's code."""

    line: int
    number: str = field(repr=False)
    outcome: RowOutcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row that can be asked for: who, consent, and the addresses of the images."""

    line: int
    details: Details = field(repr=False)
    consent: Consent = field(repr=False)
    addresses: Mapping[Characteristic, str]


def read_list(folder: Path, path: Path) -> tuple[tuple[ImportRow, ...], tuple[RowReport, ...]]:
    """The rows that are in order, and reports of those that are not. Raises UsageError where the list as a whole cannot
    be used: not there, too large, heads missing or unknown."""
    lines = list(_lines(path))
    good: list[ImportRow] = []
    bad: list[RowReport] = []
    seen: set[str] = set()
    for line, untrusted in enumerate(lines, start=2):
        number = untrusted.get("number", "").strip()
        try:
            row = _row(folder, line, untrusted)
        except ValueError as fault:
            bad.append(RowReport(line, number, RowOutcome.FAULTY, str(fault)))
            continue
        if number in seen:
            bad.append(RowReport(line, number, RowOutcome.FAULTY, "number_twice"))
        else:
            seen.add(number)
            good.append(row)
    return tuple(good), tuple(bad)


class BulkImportService:
    """Call on one thread that owns the vault and the pipelines."""

    def __init__(self, session: VaultSession, enrolment: EnrolmentService) -> None:
        self._session = session
        self._enrolment = enrolment

    def run(
        self,
        open_source: OpenSource,
        rows: Iterable[ImportRow],
        publish: Publish = publish_nothing,
        *,
        dry_run: bool,
        resume: bool,
    ) -> Iterator[RowReport]:
        """Enrols row by row, a report each. ``resume`` passes by numbers that are enrolled already; a dry run takes
        every step and saves nothing, so that it knows of people who are enrolled, not of two rows that are one person.
        Raises VaultError(VAULT_NOT_PERMITTED) where the operator is no supervisor, and what stops everything: a full
        disk, a missing model."""
        self._session.vault.require(Act.IMPORT)
        self._session.vault.audit.append("import.started", {"dry": dry_run})
        counted: dict[RowOutcome, int] = dict.fromkeys(RowOutcome, 0)
        try:
            for row in rows:
                report = self._import_row(open_source, row, publish, dry_run=dry_run, resume=resume)
                counted[report.outcome] += 1
                yield report
        finally:
            saved, refused = counted[RowOutcome.SAVED], counted[RowOutcome.REFUSED] + counted[RowOutcome.FAULTY]
            facts = {"dry": dry_run, "saved": saved, "refused": refused}
            self._session.vault.audit.append("import.ended", facts)

    def _import_row(
        self, open_source: OpenSource, row: ImportRow, publish: Publish, *, dry_run: bool, resume: bool
    ) -> RowReport:
        number = row.details.number
        if self._session.vault.find(number) is not None:
            outcome = RowOutcome.THERE_ALREADY if resume else RowOutcome.REFUSED
            return RowReport(row.line, number, outcome, "" if resume else Code.USAGE_NUMBER_TAKEN.value)
        try:
            sources = {one: open_source(address, one.modality) for one, address in row.addresses.items()}
            request = EnrolmentRequest(row.details, row.consent, sources)
            session = self._enrolment.enrol(request, publish, rehearse=dry_run)
        except MlidError as fault:
            if fault.code.room in {"vault", "model"}:
                raise
            return RowReport(row.line, number, RowOutcome.FAULTY, fault.code.value)
        if session.stage is EnrolmentStage.SAVED:
            return RowReport(row.line, number, RowOutcome.SAVED)
        if dry_run and session.stage is EnrolmentStage.SAVING:
            return RowReport(row.line, number, RowOutcome.WOULD_BE_SAVED)
        reason = outcome_reason(session)
        return RowReport(row.line, number, RowOutcome.REFUSED, "" if reason is None else reason.value)


def _lines(path: Path) -> Iterator[dict[str, str]]:
    try:
        if path.stat().st_size > MAXIMUM_LIST_BYTES:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=path.name)
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    except UnicodeDecodeError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=path.name) from None
    try:
        table = list(csv.reader(text.splitlines(), strict=True))
    except csv.Error:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=path.name) from None
    heads = [head.strip() for head in table[0]] if table else []
    wrong = [head for head in heads if head not in ALLOWED] or [head for head in NEEDED if head not in heads]
    if wrong or len(set(heads)) != len(heads) or len(table) - 1 > MAXIMUM_ROWS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"{path.name}: {', '.join(wrong) or 'rows'}")
    for cells in table[1:]:
        yield dict(zip(heads, cells, strict=False)) if len(cells) == len(heads) else {}


def _row(folder: Path, line: int, untrusted: Mapping[str, str]) -> ImportRow:
    """Raises ValueError with a word for what is wrong."""
    if not untrusted or any(len(cell) > MAXIMUM_CELL for cell in untrusted.values()):
        raise ValueError("cells")
    try:
        details = Details(untrusted["number"].strip(), untrusted["name"].strip())
    except ValueError:
        raise ValueError("number_or_name") from None
    addresses = {
        one: _address(folder, untrusted[head].strip())
        for head, one in CHARACTERISTICS.items()
        if untrusted.get(head, "").strip()
    }
    if not addresses:
        raise ValueError("no_image")
    return ImportRow(line, details, _consent(untrusted), addresses)


def _consent(untrusted: Mapping[str, str]) -> Consent:
    """Consent as it was given elsewhere, to one of the texts shipped here: nobody is imported without. Raises
    ValueError."""
    agreed = text_agreed_to(untrusted["consent_text"].strip())
    if agreed is None or agreed.language != untrusted["consent_language"].strip():
        raise ValueError("consent_text")
    try:
        given_at = datetime.fromisoformat(untrusted["consent_given_at"].strip())
    except ValueError:
        raise ValueError("consent_given_at") from None
    if given_at.tzinfo is None:
        raise ValueError("consent_given_at")
    guardian = untrusted.get("guardian", "").strip()
    return Consent(
        ConsentOutcome.ACCEPTED,
        agreed.version,
        agreed.language,
        given_at,
        guardian,
        "",
        agreed.purpose,
        agreed.retention_days,
    )


def _address(folder: Path, named: str) -> str:
    """An image or a folder of images below the imported folder, never outside it. Raises ValueError."""
    inside = folder.resolve()
    path = (inside / named).resolve()
    if inside not in path.parents:
        raise ValueError("outside_the_folder")
    if path.is_dir():
        return f"dir:{path}"
    if not path.is_file():
        raise ValueError("image_missing")
    return f"image:{path}"
