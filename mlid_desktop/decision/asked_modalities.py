"""By what a person is checked: the policy says it, by the order of its primary modalities. An operator may ask for
more, or for something else where a reason is put on record, and then never for less than the policy asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mlid_desktop.decision.alternative import asked_of_finger, tighter_rate
from mlid_desktop.decision.policy import ComparisonRules
from mlid_desktop.domain.characteristics import Characteristic, Modality


def asked_by_policy(rules: ComparisonRules, enrolled: Sequence[Characteristic]) -> tuple[Characteristic, ...]:
    """The enrolled characteristics that a policy asks of a person: the first of each primary modality in the order of
    the policy, then others of these modalities, as many as it asks for at least."""
    ordered = [
        [characteristic for characteristic in enrolled if characteristic.modality is modality]
        for modality in rules.primary
    ]
    first = [characteristics[0] for characteristics in ordered if characteristics]
    others = [characteristic for characteristics in ordered for characteristic in characteristics[1:]]
    return tuple([*first, *others][: rules.minimum_primary])


def replaced_modalities(
    rules: ComparisonRules, enrolled: Sequence[Characteristic], wanted: Sequence[Characteristic]
) -> tuple[Modality, ...]:
    """The modalities that the policy asks of a person and that another one is to stand in for; none where all that is
    asked is wanted, or nothing else that decides."""
    asked = {characteristic.modality for characteristic in asked_by_policy(rules, enrolled)}
    given = {characteristic.modality for characteristic in wanted} & set(rules.primary)
    return tuple(modality for modality in rules.primary if modality in asked - given) if given - asked else ()


def asked_rates(
    rules: ComparisonRules,
    presented: Collection[Modality],
    *,
    replaced: Collection[Modality] = (),
    without_movements: bool = False,
) -> dict[Modality, float]:
    """The false match rate that is asked of each modality presented, by itself, and never less than the policy asks:
    of those that stand in for one ``replaced``, where the policy holds them to less than it, the next tighter rate; so
    of fingers in place of movements."""
    strictest = min((rules.rate(modality) for modality in replaced), default=1.0)
    rates = {modality: rules.rate(modality) for modality in presented}
    rates = {modality: tighter_rate(rate) if rate > strictest else rate for modality, rate in rates.items()}
    if without_movements and Modality.FINGERPRINT in rates:
        rates[Modality.FINGERPRINT] = asked_of_finger(rules)
    return rates
