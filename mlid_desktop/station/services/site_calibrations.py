"""The calibrations that a vault keeps of its own site, and what has moved since they were made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from mlid_desktop.decision.calibration_set import Calibrations, earlier_of
from mlid_desktop.decision.site_calibration.score_history import Drift, MonthFigures, Steps, drifts
from mlid_desktop.decision.site_calibration.stored_calibration import SiteCalibration, read_site_calibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.figures.day_figures import QUALITY_STEP, SCORE_STEP, UNIFIED, Counts, DayFigures
from mlid_desktop.vault.figures.figure_store import first_kept
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.unlocked.settings import CALIBRATION

MONTH = 7  # characters of 2026-11
STEPS = Steps(SCORE_STEP, QUALITY_STEP)


def site_calibrations_of(vault: Vault) -> tuple[SiteCalibration, ...]:
    """Every calibration that is stored under the supervisors' signature. One that this program cannot read was made by
    another version: it says nothing here, and the shipped one speaks. Raises VaultError where one is forged."""
    found: list[SiteCalibration] = []
    for modality in Modality:
        content = vault.settings.read(CALIBRATION + modality.value)
        with suppress(ModelError):
            found += [read_site_calibration(content)] if content else []
    return tuple(found)


def months_of_visits(session: VaultSession) -> tuple[MonthFigures, ...]:
    """The visits by month, modality and extractor, in their order. Raises VaultError."""
    today = session.now().astimezone().date()
    months: dict[str, list[DayFigures]] = {}
    for day in session.vault.figures.days(first_kept(today), today):
        months.setdefault(day.day.isoformat()[:MONTH], []).append(day)
    return tuple(figures for month, days in months.items() for figures in _months(month, days))


def detect_drift(session: VaultSession) -> tuple[Drift, ...]:
    """What moved of scores and quality in the newest month. Two years of figures are read once a day. Raises
    VaultError."""
    today = session.now().astimezone().date()
    if session.moved_by is None or session.moved_by[0] != today:
        session.moved_by = today, drifts(months_of_visits(session), _extractors(session.shipped_calibrations), STEPS)
    return session.moved_by[1]


def made_for_another_model(session: VaultSession) -> tuple[Modality, ...]:
    """The modalities of which a site's calibration is kept that no extractor in use here has made the scores of.
    Raises VaultError."""
    shipped = session.shipped_calibrations
    known = _extractors(shipped)
    return tuple(
        site.calibration.modality
        for site in site_calibrations_of(session.vault)
        if site.calibration.modality in shipped and site.calibration.extractor not in known
    )


def _extractors(calibrations: Calibrations) -> tuple[str, ...]:
    return tuple(made.extractor for made in (*calibrations.values(), *earlier_of(calibrations)))


def _months(month: str, days: Sequence[DayFigures]) -> Iterator[MonthFigures]:
    """The figures of one month, for each extractor that scores are counted of."""
    accepted = _together(day.scores for day in days)
    refused, people = _together(day.refused_scores for day in days), _together(day.people for day in days)
    quality = _together(day.quality for day in days)
    for series in sorted({*accepted, *refused}):
        modality, _slash, extractor = series.partition("/")
        seen: Counter[int] = Counter()
        for name, counts in quality.items():
            kind, _device, component = name.split("/", 2)
            if kind == modality and component == UNIFIED:
                seen.update(counts)
        yield MonthFigures(
            month,
            Modality(modality),
            extractor,
            sum(people[series].values()),
            accepted[series],
            refused[series],
            seen,
        )


def _together(days: Iterable[Counts]) -> defaultdict[str, Counter[int]]:
    total: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for counts in days:
        for series, classes in counts.items():
            total[series].update(classes)
    return total
