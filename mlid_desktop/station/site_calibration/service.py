"""Calibration on a site's own people: measured against the program's table, stored and taken back by two, watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.site_calibration.measurement import (
    MatchRate,
    SiteMeasurement,
    match_rates,
    measure_site,
    people_needed,
)
from mlid_desktop.decision.site_calibration.score_history import (
    Drift,
    MonthFigures,
    Refusals,
    refusals,
)
from mlid_desktop.decision.site_calibration.stored_calibration import SiteCalibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.roles import Act, SecondPerson, may
from mlid_desktop.station.services.site_calibrations import STEPS, detect_drift, months_of_visits, site_calibrations_of
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.site_calibration.pairs import Progress, SiteReferences, compare_people


@dataclass(frozen=True, slots=True, eq=False)
class SiteMaterial:
    """What a measurement is made of, once off the vault thread: the program's own table and the one ``in_force``,
    references without names, counts of past visits, and the policies that the program ships, the one in force first."""

    shipped: Calibration
    in_force: Calibration
    references: SiteReferences = field(repr=False)
    months: tuple[MonthFigures, ...]
    policies: tuple[Policy, ...]
    site: str
    made_on: str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What the site's table changes under one policy: the threshold of the rate ``asked``, ``before`` and ``after``
    (None where a table does not carry it), how often this site's people are falsely accepted at either, and what the
    change would have done to past visits (None without both thresholds)."""

    policy: str
    asked: float
    before: float | None
    after: float | None
    false_before: MatchRate | None
    false_after: MatchRate | None
    visits: Refusals | None


@dataclass(frozen=True, slots=True, eq=False)
class SiteFinding:
    """What was measured of one modality; ``refusal`` says why it cannot be stored, None where it can."""

    material: SiteMaterial
    measurement: SiteMeasurement
    changes: tuple[PolicyChange, ...]
    refusal: ModelError | None

    @property
    def modality(self) -> Modality:
        """The modality that was measured."""
        return self.material.shipped.modality


@dataclass(frozen=True, slots=True, eq=False)
class ModalityStanding:
    """The calibration that one modality is decided by: the ``site``'s, None for the program's own. ``is_applied`` is
    False where the site's was made of another extractor than today's. ``months`` and ``drifts`` tell of its visits."""

    modality: Modality
    shipped: Calibration
    site: SiteCalibration | None
    is_applied: bool
    months: tuple[MonthFigures, ...]
    drifts: tuple[Drift, ...]


class SiteCalibrationService:
    """Calibrations of a vault's own people. Call on the vault thread; :func:`measure` on the inference thread."""

    def __init__(self, session: VaultSession, policies: Sequence[Policy]) -> None:
        self._session = session
        self._policies = tuple(policies)

    def material(self, modality: Modality) -> SiteMaterial:
        """What a measurement of this modality is made of. Raises ModelError(MODEL_UNCALIBRATED) for a modality that is
        off here, VaultError(VAULT_NOT_PERMITTED)."""
        session = self._session
        session.vault.require(Act.CHANGE_POLICY)
        shipped = session.shipped_calibrations.get(modality)
        if shipped is None:
            raise ModelError(Code.MODEL_UNCALIBRATED, modality=modality.value)
        references = SiteReferences.of(session.references_of(modality), shipped.extractor)
        months = months_of_visits(session)
        others = [policy for policy in self._policies if policy.identity != session.policy.identity]
        return SiteMaterial(
            shipped,
            session.calibrations.get(modality, shipped),
            references,
            tuple(month for month in months if month.extractor == shipped.extractor),
            (session.policy, *others),
            session.vault.identity.vault_id[:8],
            session.now().date().isoformat(),
        )

    def store(self, finding: SiteFinding, second: SecondPerson | None) -> SiteCalibration:
        """Keeps what was measured; from the next unlock on it decides. Two people do it. Raises ModelError with why it
        cannot be stored, VaultError."""
        if finding.refusal is not None:
            raise finding.refusal
        measured, session = finding.measurement, self._session
        site = SiteCalibration(
            format=1,
            calibration=measured.calibration,
            made_at=session.now().isoformat(timespec="seconds"),
            pairs=len(measured.pairs.score),
            left_out=measured.pairs.left_out,
            carried_fmr=measured.carried_fmr or 1.0,
            raised=measured.raised,
            made_by=session.operator.name,
            confirmed_by="" if second is None else second.operator.name,
        )
        session.vault.settings.store_calibration(finding.modality.value, site.content(), second)
        return site

    def revert(self, modality: Modality, second: SecondPerson | None) -> None:
        """From the next unlock on the program's own table decides again. Two people do it. Raises VaultError."""
        self._session.vault.settings.store_calibration(modality.value, b"", second)

    def standings(self) -> tuple[ModalityStanding, ...]:
        """The calibration of each modality that is on here, and for who may see scores how its visits stand. Raises
        VaultError."""
        session = self._session
        kept = {site.calibration.modality: site for site in site_calibrations_of(session.vault)}
        seen = may(session.operator, Act.SEE_SCORES)
        months, found = (months_of_visits(session), detect_drift(session)) if seen else ((), ())
        return tuple(
            ModalityStanding(
                modality,
                shipped,
                kept.get(modality),
                modality in kept and kept[modality].calibration.extractor == shipped.extractor,
                tuple(month for month in months if month.extractor == shipped.extractor),
                tuple(drift for drift in found if drift.modality is modality),
            )
            for modality, shipped in session.shipped_calibrations.items()
        )


def measure(material: SiteMaterial, pipeline: Pipeline, progress: Progress = lambda _share: None) -> SiteFinding:
    """Compares the site's people and says what follows. Raises ModelError(MODEL_TOO_FEW_PEOPLE)."""
    pairs = compare_people(material.references, pipeline, progress)
    made = measure_site(material.shipped, pairs, f"site {material.site}", material.made_on)
    modality, in_force = material.shipped.modality, material.policies[0].comparison.fmr.get(material.shipped.modality)
    asked = {policy.identity.name: policy.comparison.fmr.get(modality) for policy in material.policies}
    changes = _changes(material, made, {name: rate for name, rate in asked.items() if rate is not None})
    return SiteFinding(material, made, changes, None if in_force is None else refusal_of(made, in_force))


def refusal_of(made: SiteMeasurement, asked: float) -> ModelError | None:
    """Why a measurement cannot be stored: it says nothing about the rate that is asked, because its people neither
    carry it nor are confused more often than the program's table has it; or nobody could be accepted by it."""
    if made.carried_fmr is None or (made.carried_fmr > asked and made.raised <= 1.0):
        return ModelError(Code.MODEL_TOO_FEW_PEOPLE, people=made.pairs.people, needed=people_needed(asked))
    if made.calibration.limit_fmr > asked:
        modality = made.calibration.modality.value
        return ModelError(Code.MODEL_UNCALIBRATED, modality=modality, asked=asked, carried=made.calibration.limit_fmr)
    return None


def _changes(material: SiteMaterial, made: SiteMeasurement, asked: Mapping[str, float]) -> tuple[PolicyChange, ...]:
    """Before and after under each policy by name; every threshold is looked at once."""
    tables = (material.in_force, made.calibration)
    thresholds = {name: [_threshold(table, rate) for table in tables] for name, rate in asked.items()}
    known = sorted({value for pair in thresholds.values() for value in pair if value is not None})
    rates: dict[float | None, MatchRate] = dict(zip(known, match_rates(made.pairs, known), strict=True))
    found: list[PolicyChange] = []
    for name, (before, after) in thresholds.items():
        visits = None
        if before is not None and after is not None:
            visits = refusals(material.months, before, after, STEPS.score)
        found.append(PolicyChange(name, asked[name], before, after, rates.get(before), rates.get(after), visits))
    return tuple(found)


def _threshold(calibration: Calibration, asked: float) -> float | None:
    try:
        return calibration.threshold(asked)
    except ModelError:
        return None
