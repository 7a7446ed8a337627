"""Makes galleries ready for searches and keeps them as the vault is: read on the vault thread, made ready on the
inference thread, and what had to be made kept on the vault thread again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.vault_session import VaultSession

PART = 256  # references made ready at a time: half a second where every table is to be made
KEPT_AT_ONCE = 512  # search tables written in one change


@dataclass(frozen=True, slots=True, eq=False)
class GalleryUpdate:
    """What the galleries lack of the vault: every reference of the modalities that have none loaded, and the present
    references of people who came, went or changed since."""

    missing: Mapping[Modality, Sequence[Reference]] = field(repr=False)
    changed: Mapping[str, Sequence[Reference]] = field(repr=False)

    def parts(self) -> Iterator[GalleryPart]:
        """The missing references in parts, one modality after another."""
        for modality, references in self.missing.items():
            for start in range(0, max(len(references), 1), PART):
                part = references[start : start + PART]
                is_last = start + PART >= len(references)
                yield GalleryPart(self, modality, part, is_last, start + len(part), len(references))


@dataclass(frozen=True, slots=True, eq=False)
class GalleryPart:
    """A part of the references that a gallery is made of; ``done`` of ``total`` are ready with it. The parts of one
    update make one gallery."""

    update: GalleryUpdate
    modality: Modality
    references: Sequence[Reference] = field(repr=False)
    is_last: bool
    done: int
    total: int


class GalleryPreparation:
    """The galleries of one unlocked vault. ``progress`` is told how many references of how many are ready, on the
    thread that makes them ready."""

    def __init__(self, session: VaultSession, recognition: Recognition) -> None:
        self._session = session
        self._recognition = recognition
        self.progress: Callable[[int, int], None] = lambda _done, _total: None

    def prepare(self, modalities: Collection[Modality]) -> None:
        """Makes the galleries of these modalities ready, as the vault is now, and keeps what had to be made, on one
        thread that owns vault and pipelines. Raises VaultError, ModelError."""
        while not self.bring_up_to_date(self.read(modalities), modalities):
            pass  # what was dropped is read anew, with nothing that changed since
        self.keep(self._recognition.take_tabulated())

    def bring_up_to_date(self, update: GalleryUpdate, modalities: Collection[Modality]) -> bool:
        """Loads what an update has, and puts what changed into the other galleries; False where one of these
        ``modalities`` has to be read anew. Call on the inference thread. Raises ModelError: then no gallery is left,
        as what changed is not told twice."""
        try:
            for part in update.parts():
                self.load(part)
        except BaseException:
            self._recognition.forget_galleries()
            raise
        self.renew(update)
        return all(self._recognition.has_gallery(modality) for modality in modalities)

    def read(self, modalities: Collection[Modality]) -> GalleryUpdate:
        """What the galleries of these modalities lack. Call on the vault thread. Raises VaultError."""
        lacking = [modality for modality in sorted(set(modalities)) if not self._recognition.has_gallery(modality)]
        missing = {modality: self._session.references_of(modality) for modality in lacking}
        changed = self._session.vault.searches.changed_references()  # not told twice: after what can fail
        return GalleryUpdate(missing, changed)

    def missing(self) -> tuple[Modality, ...]:
        """The modalities that can be searched by here, whose galleries are not loaded. Call on the inference thread."""
        ready = [
            modality for modality in self._session.calibrations if self._recognition.pipelines.fault(modality) is None
        ]
        return tuple(modality for modality in ready if not self._recognition.has_gallery(modality))

    def read_in_parts(self, modality: Modality) -> Iterator[float | GalleryUpdate]:
        """Reads what the gallery of a modality lacks, part by part, so that other tasks come between: the share that is
        read, and at last the update. Call each step on the vault thread. Raises VaultError."""
        reading = self._session.vault.searches.reading(modality)
        while (references := reading.read_part()) is None:
            yield reading.share
        yield GalleryUpdate({modality: references}, {})

    def load(self, part: GalleryPart) -> None:
        """Makes a part ready. Call on the inference thread. Raises ModelError."""
        self._recognition.load_part(part.update, part.modality, part.references, is_last=part.is_last)
        self.progress(part.done, part.total)

    def renew(self, update: GalleryUpdate) -> None:
        """Puts what changed into the galleries that were there before the update was read. Call on the inference
        thread, once the missing ones are loaded. Raises ModelError: then no gallery is left, so that nobody is found
        by one that still has who is gone."""
        try:
            self._recognition.renew_in_galleries(update.changed, besides=update.missing)
        except BaseException:
            self._recognition.forget_galleries()
            raise

    def keep(self, tabulated: Sequence[Reference]) -> None:
        """Keeps search tables that had to be made. Call on the vault thread. Raises VaultError."""
        for part in self.batches(tabulated):
            self._session.vault.searches.keep_tables(part)

    @staticmethod
    def batches(tabulated: Sequence[Reference]) -> Iterator[Sequence[Reference]]:
        """Search tables that had to be made, as many at a time as are kept in one change."""
        ordered = sorted(tabulated, key=lambda reference: reference.subject_id)
        for start in range(0, len(ordered), KEPT_AT_ONCE):
            yield ordered[start : start + KEPT_AT_ONCE]
