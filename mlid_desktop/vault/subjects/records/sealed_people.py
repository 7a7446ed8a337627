"""People as they are written, each record sealed under a new key of the person's own: made of an enrolment and of keys
alone, and so before the vault, or a register that others wait for, is held for the act (FORMAT.md, 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mlid_desktop.domain.subjects import Enrolment, Standing, new_identifier
from mlid_desktop.vault.crypto.envelope import new_key, seal, wipe
from mlid_desktop.vault.crypto.multiset_hash import Cell, Tally
from mlid_desktop.vault.store.schema import PROFILE, RECORDS, SEARCH_TABLES, TOUCHES
from mlid_desktop.vault.subjects.record_codec import profile_bytes, reference_bytes
from mlid_desktop.vault.subjects.records.search_table_codec import table_bytes
from mlid_desktop.vault.subjects.records.touch_codec import touches_bytes
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys


@dataclass(slots=True)
class SealedRows:
    """Rows of one table of records, as its content columns are, and their marks."""

    rows: list[list[Cell]] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SealedPeople:
    """The rows of these ``enrolments`` under these ``keys``, without what the index of numbers holds for them:
    ``people``, and ``records`` by kind."""

    enrolments: Sequence[Enrolment]
    keys: SubjectKeys
    people: Sequence[dict[str, Cell]] = field(repr=False)
    records: dict[str, SealedRows] = field(repr=False)

    @classmethod
    def of(cls, enrolments: Sequence[Enrolment], keys: SubjectKeys) -> SealedPeople:
        """Seals every record of each."""
        marker, people = keys.marker, list[dict[str, Cell]]()
        records = {kind: SealedRows() for kind in RECORDS}
        for enrolment in enrolments:
            subject_id, key, tally = enrolment.subject_id, new_key(), Tally()
            for kind, sequence, extractor, plain in _plain(enrolment):
                sealed = seal(key, plain, keys.associated(subject_id, kind, sequence, extractor))
                cells: list[Cell] = [subject_id, sequence, extractor, sealed]
                mark = marker.mark(RECORDS[kind].name, cells)
                tally += Tally.of([mark])
                records[kind].rows.append(cells)
                records[kind].marks.append(mark)
            people.append(
                {
                    "subject": subject_id,
                    "wrapped_key": keys.wrapped(subject_id, key),
                    "records_tally": tally.written(),
                    "seen": enrolment.enrolled_at.date().isoformat(),
                    "retention": enrolment.consent.retention_days,
                    "standing": Standing.HELD.value,
                }
            )
            wipe(key)
        return cls(enrolments, keys, people, records)

    def is_of(self, enrolments: Sequence[Enrolment], keys: SubjectKeys) -> bool:
        """Whether these very enrolments were sealed under these very keys: keys that were renewed since are others."""
        return self.enrolments is enrolments and self.keys is keys


def _plain(enrolment: Enrolment) -> Iterator[tuple[str, int, str, bytes]]:
    """Kind, sequence number, extractor and plaintext of each record."""
    yield PROFILE, 0, "", profile_bytes(enrolment)
    kept = [(capture, capture.template) for capture in enrolment.captures if capture.template is not None]
    if enrolment.touches:
        yield TOUCHES, 0, "", touches_bytes(enrolment.touches)
    for sequence, (capture, template) in enumerate(kept, start=1):
        reference_id, modality, extractor = new_identifier(), capture.characteristic.modality, template.extractor.key
        yield modality.value, sequence, extractor, reference_bytes(reference_id, capture, enrolment.enrolled_at)
        if template.search_table is not None and modality in SEARCH_TABLES:
            yield SEARCH_TABLES[modality], sequence, extractor, table_bytes(reference_id, template.search_table)
