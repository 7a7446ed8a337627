"""Tells the figures of the desk, by day, week and month, so that nobody shows in them. Call on the vault thread."""

from __future__ import annotations

from datetime import date

from mlid_desktop.station.figures.figure_table import FigureTable, figure_table, span_to_read
from mlid_desktop.station.figures.period import Period, PeriodKind
from mlid_desktop.station.services.vault_session import VaultSession


class FigureService:
    """Reads figures for whoever may see statistics."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    def period(self, kind: PeriodKind, day: date | None = None) -> Period:
        """The period of this kind with a day in it: today, where none is named."""
        return Period.around(kind, day or self._session.now().astimezone().date())

    def table(self, period: Period) -> FigureTable:
        """The table of a period. Raises VaultError(VAULT_NOT_PERMITTED, VAULT_DAMAGED)."""
        vault = self._session.vault
        names: dict[str, str] = {}
        for device in vault.settings.devices():
            double = device.name in names.values()
            names[vault.figures.mark_of(device)] = f"{device.name} ({len(names) + 1})" if double else device.name
        now = self._session.now().astimezone()
        days = vault.figures.days(*span_to_read(period))
        return figure_table(days, period, now, names, self._session.calibrations)

    def table_to_export(self, period: Period) -> FigureTable:
        """The figures of a period for a file; the audit records that they were given out. Raises VaultError."""
        found = self.table(period)
        self._session.record_event("statistics.exported", "", name=period.kind.value)
        return found
