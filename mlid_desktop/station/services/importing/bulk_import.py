"""Enrols many people from a folder of images and a list, by the same steps as at the desk.

The list is a CSV, however a spreadsheet writes it, with the heads ``number``, ``name``, ``consent_text``,
``consent_language``, ``consent_given_at``, and any of ``guardian``, ``face``, ``right-thumb`` … ``left-little``. A cell
under ``face`` or a finger is a file, or a folder of images of the same characteristic, below the folder that is
imported. A person is saved whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import NUMBER_MAX_LENGTH, Consent, ConsentOutcome, Details
from mlid_desktop.domain.text import is_shown, number_key, tidy, tidy_number
from mlid_desktop.site_fields.schema import NO_FIELDS, FieldSchema, Shown
from mlid_desktop.station.services.enrolment import EnrolmentRequest, EnrolmentService, outcome_reason
from mlid_desktop.station.services.importing.list_reading import ListRow, read_table
from mlid_desktop.station.services.importing.listed_files import address_of
from mlid_desktop.station.services.importing.spoiled_cells import (
    blank_if_null,
    is_no_number,
    is_rounded,
    is_spoiled,
    strip_quoting,
)
from mlid_desktop.station.services.one_shot_capture import Publish, publish_nothing
from mlid_desktop.station.services.site_fields import row_values
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.consent_texts import find_text
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage

MAXIMUM_CELL = 1024
NEEDED = ("number", "name", "consent_text", "consent_language", "consent_given_at")
CHARACTERISTICS: Mapping[str, Characteristic] = {
    "face": FACE,
    **{position.value: Characteristic(Modality.FINGERPRINT, position) for position in FingerPosition},
}
ALLOWED = frozenset({*NEEDED, "guardian", *CHARACTERISTICS})

DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})((?: .*)?)")
BETWEEN_NUMBERS = re.compile(r"(?<=\d)[/\u2010-\u2015\u2212](?=\d)")  # of a date, for a hyphen
DOTTED_TIME = re.compile(
    r"([T ]\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?=$|[ Z+\-])"
)  # 14.30, not 14 and three tenths of an hour
UTC_END = re.compile(r"\s*(UTC|GMT|Z)$")
LANGUAGE_END = re.compile(r"[-_]")

OpenSource = Callable[[str, Modality], Source]


class RowOutcome(StrEnum):
    """The outcomes of a row of an import list."""

    SAVED = "saved"
    WOULD_BE_SAVED = "would_be_saved"
    THERE_ALREADY = "there_already"
    REFUSED = "refused"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class RowReport:
    """Report of one row of an import: ``line`` is where the row begins, as an editor counts; ``why`` is a reason's or a
    fault's code."""

    line: int
    number: str = field(repr=False)
    outcome: RowOutcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One valid row of an import list: person, consent, and the addresses of the images."""

    line: int
    details: Details = field(repr=False)
    consent: Consent = field(repr=False)
    addresses: Mapping[Characteristic, str]


@dataclass(frozen=True, slots=True)
class ImportList:
    """An import list: the valid rows, reports of the others, and how it was written."""

    rows: tuple[ImportRow, ...]
    faulty: tuple[RowReport, ...]
    encoding: str
    separator: str
    unknown: tuple[str, ...] = ()


def read_list(
    folder: Path, path: Path, now: datetime, encoding: str | None = None, fields: FieldSchema = NO_FIELDS
) -> ImportList:
    """Reads an import list, with a column for each of the site's ``fields`` that is imported. Raises UsageError where
    the list as a whole cannot be used, as :func:`.list_reading.read_table`. Consent cannot have been given after
    ``now``."""
    table = read_table(path, ALLOWED | {known.name for known in fields.shown_in(Shown.IMPORT)}, NEEDED, encoding)
    good: list[ImportRow] = []
    bad: list[RowReport] = []
    seen: set[str] = set()
    for line in table.rows:
        number = "" if line.cells is None else tidy_number(strip_quoting(line.cells["number"]))[:NUMBER_MAX_LENGTH]
        try:
            row = _row(folder, line, now, fields)
        except ValueError as fault:
            bad.append(RowReport(line.line, number, RowOutcome.FAULTY, str(fault)))
            continue
        if number_key(number) in seen:
            bad.append(RowReport(line.line, number, RowOutcome.FAULTY, "number_twice"))
        else:
            seen.add(number_key(number))
            good.append(row)
    return ImportList(tuple(good), tuple(bad), table.encoding, table.separator, table.unknown)


class BulkImportService:
    """Enrols many people from an import list. Call on the thread that owns the vault and the pipelines."""

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
        """Enrols row by row and reports each. ``resume`` skips numbers that are enrolled already; a dry run takes every
        step and saves nothing, so that it knows of people who are enrolled, not of two rows that are one person. Raises
        VaultError(VAULT_NOT_PERMITTED) where the operator is no supervisor, and what stops everything: a full disk, a
        missing model."""
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
        there = self._session.people_with(number)
        if len(there) > 1:
            return RowReport(row.line, number, RowOutcome.REFUSED, Code.USAGE_NUMBER_AMBIGUOUS.value)
        if there:
            outcome = RowOutcome.THERE_ALREADY if resume else RowOutcome.REFUSED
            return RowReport(row.line, number, outcome, "" if resume else Code.USAGE_NUMBER_TAKEN.value)
        try:
            sources = {
                characteristic: open_source(address, characteristic.modality)
                for characteristic, address in row.addresses.items()
            }
            request = EnrolmentRequest(row.details, row.consent, sources, of_list=True)
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


def _row(folder: Path, row: ListRow, now: datetime, fields: FieldSchema) -> ImportRow:
    """Parses one row; raises ValueError with a word for what is wrong."""
    untrusted = row.cells
    if untrusted is None or any(len(cell) > MAXIMUM_CELL for cell in untrusted.values()):
        raise ValueError("cells")
    number, name = strip_quoting(untrusted["number"]), strip_quoting(untrusted["name"])
    if is_rounded(number):
        raise ValueError("number_rounded")
    if is_no_number(number) or is_spoiled(name):
        raise ValueError("number_or_name")
    try:
        details = Details(number, name)
    except ValueError:
        raise ValueError("number_or_name") from None
    addresses = {
        characteristic: address_of(folder, untrusted[head].strip())
        for head, characteristic in CHARACTERISTICS.items()
        if blank_if_null(untrusted.get(head, ""))
    }
    if not addresses:
        raise ValueError("no_image")
    consent = _consent(untrusted, now)
    cells = {head: blank_if_null(cell) for head, cell in untrusted.items()}
    details = replace(details, fields=row_values(fields, cells, consent, now.date()))
    return ImportRow(row.line, details, consent, addresses)


def _consent(untrusted: Mapping[str, str], now: datetime) -> Consent:
    """The consent of a row, given elsewhere to one of the texts shipped here; nobody is imported without. Raises
    ValueError."""
    agreed = find_text(tidy(untrusted["consent_text"]))
    if agreed is None or agreed.language != LANGUAGE_END.split(tidy(untrusted["consent_language"]).casefold())[0]:
        raise ValueError("consent_text")
    given_at = _moment(tidy_number(untrusted["consent_given_at"]))
    if given_at is None or not agreed.in_use_from <= given_at.date() or given_at > now:
        raise ValueError("consent_given_at")
    guardian = tidy(blank_if_null(untrusted.get("guardian", "")))
    if not is_shown(guardian) or (guardian and is_spoiled(guardian)):
        raise ValueError("guardian")
    return Consent(
        ConsentOutcome.ACCEPTED,
        agreed.version,
        agreed.language,
        given_at,
        guardian,
        "",
        agreed.purpose,
        agreed.retention_days,
        agreed.uses,  # without a portrait, which is chosen at the desk alone
    )


def _moment(written: str) -> datetime | None:
    """A date, or a date and a time of day, as spreadsheets write them where day and month cannot be confused; in the
    time zone of this desk where it names none."""
    german = DAY_FIRST.fullmatch(written)
    text = f"{german[3]}-{int(german[2]):02}-{int(german[1]):02}{german[4]}" if german else written
    text = DOTTED_TIME.sub(lambda found: ":".join(part for part in found.groups() if part), text)
    text = BETWEEN_NUMBERS.sub("-", text)
    try:
        read = datetime.fromisoformat(UTC_END.sub("+00:00", text))
        return read if read.tzinfo is not None else read.astimezone()
    except (ValueError, OverflowError, OSError):
        return None
