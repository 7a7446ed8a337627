"""The numbers of a report on several modalities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlid_desktop.decision.policy import Policy
from mlid_desktop.evaluation.fusion import OWN, FusionResult, JoinedRate
from mlid_desktop.evaluation.report.conduct import rounded_draws
from mlid_desktop.evaluation.report.headline_rates import accepted_name


def fusion_document(result: FusionResult, policy: Policy, around: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers for a report: ``refused`` of those who bring their own face and finger by rule, ``accepted`` of the
    others by who brings what and by rule."""
    refused = {rule: rate.rest for rule, rate in result.accepted[OWN].items()}
    strangers = {who: rules for who, rules in result.accepted.items() if who != OWN}
    return {
        "kind": "fusion",
        **around,
        "policy": policy.name,
        "people": result.people,
        "fingers": result.fingers,
        "floor_fmr": {modality.value: rate for modality, rate in policy.comparison.floor_fmr.items()},
        "fused_fmr": policy.comparison.fused_fmr,
        "equal_error": {name: _bounded(rate) for name, rate in result.eer.items()},
        "refused": {rule: _bounded(rate) for rule, rate in refused.items()},
        "accepted": {who: {rule: _bounded(rate) for rule, rate in rules.items()} for who, rules in strangers.items()},
        "carried_fmr": list(result.carried_fmr),
        "draws": {
            **{f"equal_error {name}": rounded_draws(rate.draws) for name, rate in result.eer.items()},
            **{f"refused {rule}": rounded_draws(rate.draws) for rule, rate in refused.items()},
            **{
                accepted_name(who, rule): rounded_draws(rate.draws)
                for who, rules in strangers.items()
                for rule, rate in rules.items()
            },
        },
    }


def _bounded(rate: JoinedRate) -> dict[str, float]:
    return {"rate": rate.rate, "low": rate.interval.low, "high": rate.interval.high}
