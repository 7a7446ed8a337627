"""The figures of an unlocked vault: added to at the end of each attempt, read for statistics."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import Act
from mlid_desktop.vault.figures import figure_store
from mlid_desktop.vault.figures.day_figures import CaptureFigures, DayFigures, counts_of, people_of
from mlid_desktop.vault.store.schema import DAY_FIGURES
from mlid_desktop.vault.store.transaction import Transaction, require_tally
from mlid_desktop.vault.subjects.suspicion_log import Marks
from mlid_desktop.vault.unlocked.state import VaultState


class Figures:
    """Daily counts and histograms without anybody in them. Whoever is at the desk adds to them; supervisors and
    auditors read them."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def add(self, captures: Collection[CaptureFigures]) -> None:
        """Adds what was measured in the captures of an attempt that is over. Raises VaultError."""
        self._state.require(Act.COMPARE)
        if captures:
            with self._state.changing() as transaction:
                self.add_in(transaction, captures)

    def add_in(
        self, transaction: Transaction, captures: Collection[CaptureFigures], *, first_in_month: bool = False
    ) -> None:
        """As :meth:`add`, part of another change; ``first_in_month``: of somebody who was not accepted before in this
        month."""
        devices = {capture.device for capture in captures}
        marks = {device: self.mark_of(device) for device in devices}
        people = people_of(captures) if first_in_month else {}
        figure_store.add(transaction, figure_store.today(transaction), {**counts_of(captures, marks), **people})

    def days(self, first: date, last: date) -> tuple[DayFigures, ...]:
        """The figures of these days, both included, as far as there are any. They are exact: what is given out of them
        is for the station to say. Raises VaultError(VAULT_NOT_PERMITTED, VAULT_DAMAGED)."""
        with self._state.reading(Act.STATISTICS) as connection:
            require_tally(connection, self._state.keys.subjects.marker, DAY_FIGURES)
            return figure_store.read_days(connection, first, last)

    def acts_of_today(self) -> Mapping[str, int]:
        """How often each act came about at the vault today, exact: for whoever works at the desk. Raises
        VaultError(VAULT_DAMAGED)."""
        day = self._state.time().now.astimezone().date()
        with self._state.reading(Act.VERIFY) as connection:
            found = figure_store.read_days(connection, day, day)
        return {act: sum(hours.values()) for each in found for act, hours in each.acts.items()}

    def mark_of(self, device: DeviceIdentity) -> str:
        """What stands for a device in the figures."""
        return Marks(self._state.keys.audit.entries).device(device)
