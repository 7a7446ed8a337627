"""Candidates of a 1:N search, judged by what a score means in a gallery of that size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.policy import IdentificationRules
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import Candidate, Tier
from mlid_desktop.domain.observations import SearchHit


def rank_candidates(
    hits: Sequence[SearchHit],
    characteristic: Characteristic,
    gallery_size: int,
    calibration: Calibration,
    rules: IdentificationRules,
) -> tuple[Candidate, ...]:
    """At most ``rules.candidates`` people of a 1:N search for review, best first, one row a person.

    Strong: the score's false match rate keeps the false positive identification rate, 1 - (1 - FMR)^N, within
    ``rules.fpir``. Possible: it is below ``rules.possible_fmr`` and nothing stronger is claimed.
    """
    best: dict[str, SearchHit] = {}
    for hit in hits:
        known = best.get(hit.subject_id)
        if known is None or hit.score > known.score:
            best[hit.subject_id] = hit
    rows = []
    for hit in sorted(best.values(), key=lambda hit: -hit.score):
        meaning = calibration.meaning(hit.score)
        if meaning.fmr > listing_fmr(rules, characteristic.modality):
            continue
        strong = false_positive_rate(meaning.fmr, gallery_size) <= rules.fpir
        tier = Tier.STRONG if strong else Tier.POSSIBLE
        rows.append(Candidate(hit.subject_id, characteristic, tier, meaning, hit.score))
    return tuple(rows[: rules.candidates])


def best_of_each(candidates: Sequence[Candidate], rules: IdentificationRules) -> tuple[Candidate, ...]:
    """The candidates of several searches of one probe, the best row of each person, best first: by false match rate,
    since scores of different extractors do not compare."""

    def order(candidate: Candidate) -> tuple[float, float]:
        meaning = candidate.meaning
        return (1.0, 0.0) if meaning is None else (meaning.fmr, -meaning.log_likelihood_ratio)

    best: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=order):
        best.setdefault(candidate.subject_id, candidate)
    return tuple(best.values())[: rules.candidates]


def listing_fmr(rules: IdentificationRules, modality: Modality) -> float:
    """The false match rate from which on a candidate is listed; the strictest where the policy does not name one."""
    return rules.possible_fmr.get(modality, min(rules.possible_fmr.values()))


def false_positive_rate(fmr: float, gallery_size: int) -> float:
    """FPIR of a search through ``gallery_size`` independent comparisons: 1 - (1 - FMR)^N (ISO/IEC 19795-1)."""
    return float(1.0 - (1.0 - fmr) ** gallery_size)


def expected_false_hits(gallery_size: int, rules: IdentificationRules, calibration: Calibration) -> float:
    """How many strangers of this gallery are expected to reach the lowest tier, whether or not the list shows them all:
    gallery size times that tier's false match rate."""
    lowest = listing_fmr(rules, calibration.modality)
    rate = next((fmr for fmr in calibration.fmr if fmr <= lowest), calibration.fmr[-1])
    return gallery_size * rate


def count_not_compared(
    given: Collection[Characteristic], enrolled: Iterable[Collection[Characteristic]], primary: Collection[Modality]
) -> int:
    """How many enrolled people a search for duplicates cannot find, whoever the candidate is: they gave no
    characteristic that decides and that the candidate gave too. A finger is compared with the same finger alone."""
    decisive = {characteristic for characteristic in given if characteristic.modality in primary}
    theirs = [
        {characteristic for characteristic in person if characteristic.modality in primary} for person in enrolled
    ]
    return sum(bool(deciding) and not deciding & decisive for deciding in theirs)


def count_without_model(
    enrolled: Iterable[tuple[str, Collection[Characteristic]]], missed: Mapping[Characteristic, Collection[str]]
) -> int:
    """How many enrolled people a search for duplicates cannot find although they gave what was searched by: ``missed``
    has, for each characteristic that was searched by, who cannot be found by it."""
    shared = ((subject_id, [given for given in theirs if given in missed]) for subject_id, theirs in enrolled)
    return sum(bool(given) and all(subject_id in missed[each] for each in given) for subject_id, given in shared)
