"""What 1:N searches need of an open vault besides the references: whose changed, and search tables made since."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import RegisterError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.templates import Reference
from mlid_desktop.vault.subjects import repository, search_tables
from mlid_desktop.vault.unlocked.enrolled.reference_reading import ReferenceReading
from mlid_desktop.vault.unlocked.state import VaultState


class Searches:
    """Reads and keeps what belongs to searches; refuses what the operator's role does not permit."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def changed_references(self) -> dict[str, tuple[Reference, ...]]:
        """The references, as they are now, of the people whose references changed since this was last asked: none of
        whoever is gone or withdrew consent. Raises VaultError."""
        with self._state.reading(Act.COMPARE) as connection:
            people, changed = self._state.keys.subjects, sorted(self._state.changed)
            known = [subject_id for subject_id in changed if repository.is_known(connection, subject_id)]
            found = {subject_id: repository.references(connection, subject_id, people) for subject_id in known}
            self._state.changed.clear()
            return {subject_id: found.get(subject_id, ()) for subject_id in changed}

    def reading(self, modality: Modality) -> ReferenceReading:
        """A reading of every reference of a modality in parts, none of which is read yet."""
        return ReferenceReading(self._state, modality)

    def keep_tables(self, tabulated: Sequence[Reference]) -> int:
        """Keeps search tables that were made of stored references since, in one change, and gives how many. What is
        gone by now, and whoever withdrew consent, is passed over. Raises VaultError."""
        self._state.require(Act.COMPARE)
        if not self._state.shared.leads:
            return 0  # the desk that leads keeps them for all
        try:
            with self._state.sharing() as transaction:
                kept = search_tables.keep(transaction, tabulated, self._state.keys.subjects)
                if kept:
                    self._state.record(transaction, "search.prepared", records=kept)
        except RegisterError:
            return 0  # they are made anew until they can be kept
        return kept
