"""Calibrations of a site in words, and as a document for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from mlid_desktop.decision.site_calibration.measurement import MatchRate, people_needed
from mlid_desktop.decision.site_calibration.score_history import (
    Drift,
    MonthFigures,
    Moved,
    Refusals,
    quantile,
)
from mlid_desktop.station.documents.measurement import percent, span
from mlid_desktop.station.services.site_calibrations import STEPS
from mlid_desktop.station.site_calibration.finding_sentences import (
    carried_text,
    left_out_text,
    raised_text,
    refused_bounds,
    would_pass_text,
)
from mlid_desktop.station.site_calibration.service import ModalityStanding, PolicyChange, SiteFinding
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.results import policy_name
from mlid_desktop.station.text.terms import MODALITIES

Rows = tuple[tuple[str, str], ...]
MONTHS_SHOWN = 12
MOVED: Final = {
    Moved.SCORES_LOWER: _("people are less like their references than before"),
    Moved.SCORES_HIGHER: _("people are more like their references than before"),
    Moved.QUALITY_LOWER: _("the quality of captures is lower than before"),
    Moved.QUALITY_HIGHER: _("the quality of captures is higher than before"),
}


def finding_rows(finding: SiteFinding, language: Language) -> Rows:
    """What was measured, then before and after under each policy, as rows for people."""
    text, number = language.text, language.number
    measured, pairs = finding.measurement, finding.measurement.pairs
    compared = text(
        "{people} people, {pairs} comparisons of two of them",
        people=number(pairs.people),
        pairs=number(len(pairs.score)),
    )
    if pairs.left_out:
        compared = f"{compared}\n{left_out_text(pairs.left_out, language)}"
    carried = carried_text(measured.carried_fmr or 1.0, language)
    if measured.raised > 1.0:
        carried = f"{carried}\n{raised_text(measured.raised, language)}"
    rows = [(text("Compared"), compared), (text("What these people carry"), carried)]
    rows += [
        (text("Policy {name}", name=policy_name(change.policy, language)), "\n".join(_change_lines(change, language)))
        for change in finding.changes
    ]
    if finding.refusal is not None:
        rows.append((text("It cannot be stored"), str(sentence(finding.refusal, language))))
    return tuple(rows)


def finding_document(finding: SiteFinding) -> dict[str, Any]:
    """What was measured, for machines; no name, no identifier of a person."""
    measured = finding.measurement
    return {
        "modality": finding.modality.value,
        "extractor": finding.material.shipped.extractor,
        "people": measured.pairs.people,
        "pairs": len(measured.pairs.score),
        "left_out": measured.pairs.left_out,
        "carried_fmr": measured.carried_fmr,
        "raised": round(measured.raised, 4),
        "limit_fmr": measured.calibration.limit_fmr,
        "policies": [_change_document(change) for change in finding.changes],
        "storable": finding.refusal is None,
        "refusal": None if finding.refusal is None else finding.refusal.code.value,
    }


def standing_rows(standing: ModalityStanding, language: Language) -> Rows:
    """Which calibration a modality is decided by, and how its visits stand by month."""
    return (
        (language.text("Decided by"), _provenance(standing, language)),
        *((language.text("It has moved"), drift_line(drift, language)) for drift in standing.drifts),
        *((month.month, _month_line(month, language)) for month in standing.months[-MONTHS_SHOWN:]),
    )


def standing_document(standing: ModalityStanding) -> dict[str, Any]:
    """The calibration in force of one modality, its provenance, and the told months, for machines."""
    site = standing.site
    made = None
    if site is not None:
        made = {
            "made_at": site.made_at,
            "made_by": site.made_by,
            "confirmed_by": site.confirmed_by,
            "people": site.calibration.people,
            "pairs": site.pairs,
            "left_out": site.left_out,
            "extractor": site.calibration.extractor,
            "carried_fmr": site.carried_fmr,
            "raised": site.raised,
            "applied": standing.is_applied,
        }
    return {
        "modality": standing.modality.value,
        "extractor": standing.shipped.extractor,
        "site": made,
        "months": [_month_document(month) for month in standing.months],
        "drifts": [
            {
                "moved": drift.moved.value,
                "month": drift.month,
                "median": round(drift.median, 3),
                "before": round(drift.before, 3),
            }
            for drift in standing.drifts
        ],
    }


def drift_line(drift: Drift, language: Language) -> str:
    """What moved, in one sentence."""
    return language.text(
        "{modality}, {month}: {moved} (median {median}, before {before})",
        modality=language.text(MODALITIES[drift.modality]),
        month=drift.month,
        moved=language.text(MOVED[drift.moved]),
        median=f"{drift.median:.3g}",
        before=f"{drift.before:.3g}",
    )


def _change_lines(change: PolicyChange, language: Language) -> list[str]:
    text = language.text
    asked = language.number(round(1 / change.asked))
    if change.after is None:
        return [text("asks 1 in {number}: more than this table carries, so that nobody is accepted", number=asked)]
    before = "–" if change.before is None else f"{change.before:.3g}"
    lines = [
        text(
            "asks 1 in {number}: threshold {after}, before {before}",
            number=asked,
            after=f"{change.after:.3g}",
            before=before,
        )
    ]
    for words, rate in (
        (_("Before, people here taken for one another: {rate}"), change.false_before),
        (_("After, people here taken for one another: {rate}"), change.false_after),
    ):
        if rate is not None:
            lines.append(text(words, rate=_rate_words(rate, language)))
    if change.visits is not None:
        lines += _visit_lines(change.visits, language)
    if change.false_after is not None and not change.false_after.is_measured:
        needed = language.number(people_needed(change.asked))
        lines.append(text("To measure that here takes about {number} people.", number=needed))
    return lines


def _rate_words(rate: MatchRate, language: Language) -> str:
    text, number = language.text, language.number
    if not rate.matches:
        return text(
            "none of {pairs}; at most {high}, counted in people", pairs=number(rate.pairs), high=percent(rate.high)
        )
    return text(
        "{matches} of {pairs}, {people} people ({bounds})",
        matches=number(rate.matches),
        pairs=number(rate.pairs),
        people=number(rate.people_in_matches),
        bounds=span((rate.low, rate.high), language),
    )


def _visit_lines(visits: Refusals, language: Language) -> list[str]:
    text, number = language.text, language.number
    if not visits.is_told:
        return [text("Past visits: too few to be told.")]
    bounds = refused_bounds(visits)
    lines = [
        text(
            "Of {accepted} past visits that were accepted, of {people} people or more, {refused} would be refused"
            " ({bounds}).",
            accepted=number(visits.accepted),
            people=number(visits.people),
            refused=number(visits.now_refused),
            bounds=span((bounds.low, bounds.high), language),
        )
    ]
    if visits.rejected:
        lines.append(would_pass_text(visits, language))
    return lines


def _provenance(standing: ModalityStanding, language: Language) -> str:
    text, number, site = language.text, language.number, standing.site
    if site is None:
        return text("the program's own calibration")
    made = text(
        "calibrated here on {day}: {people} people, {pairs} comparisons, by {by} and {second}",
        day=language.moment(datetime.fromisoformat(site.made_at)),
        people=number(site.calibration.people),
        pairs=number(site.pairs),
        by=site.made_by,
        second=site.confirmed_by,
    )
    if standing.is_applied:
        return made
    other = text("Made for another model: the program's own calibration decides. Calibrate again.")
    return f"{made}\n{other}"


def _month_line(month: MonthFigures, language: Language) -> str:
    if not month.is_told:
        return language.text("too few visits to say")
    return language.text(
        "{visits} visits accepted, of {people} people or more; median score {score}, median quality {quality}",
        visits=language.number(month.visits),
        people=language.number(month.people),
        score=f"{quantile(month.accepted, 0.5, STEPS.score):.3g}",
        quality=f"{quantile(month.quality, 0.5, STEPS.quality):.3g}",
    )


def _month_document(month: MonthFigures) -> dict[str, Any]:
    if not month.is_told:
        return {"month": month.month, "visits": None, "people": None, "score": None, "quality": None}
    return {
        "month": month.month,
        "visits": month.visits,
        "people": month.people,
        "score": round(quantile(month.accepted, 0.5, STEPS.score), 3),
        "quality": round(quantile(month.quality, 0.5, STEPS.quality), 1),
    }


def _change_document(change: PolicyChange) -> dict[str, Any]:
    visits = change.visits
    told = None
    if visits is not None and visits.is_told:
        told = {
            "people": visits.people,
            "accepted": visits.accepted,
            "now_refused": visits.now_refused,
            "rejected": visits.rejected,
            "now_accepted": visits.now_accepted,
        }
    return {
        "policy": change.policy,
        "asked_fmr": change.asked,
        "threshold": {"before": change.before, "after": change.after},
        "false_accepts": {
            "before": _rate_document(change.false_before),
            "after": _rate_document(change.false_after),
        },
        "visits": told,
    }


def _rate_document(rate: MatchRate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    return {
        "matches": rate.matches,
        "pairs": rate.pairs,
        "people": rate.people_in_matches,
        "interval": [rate.low, rate.high],
        "measured": rate.is_measured,
    }
