"""The policy says by what a person is checked; something else needs a reason, and is never held to less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.asked_modalities import asked_by_policy, asked_rates, replaced_modalities
from mlid_desktop.decision.policy import ComparisonRules
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, FingerPosition, Modality

INDEX, THUMB = (
    Characteristic(Modality.FINGERPRINT, position)
    for position in (FingerPosition.RIGHT_INDEX, FingerPosition.RIGHT_THUMB)
)
MODALITIES = (Modality.FACE, Modality.FINGERPRINT)
CHOSEN = st.permutations((FACE, INDEX, THUMB, VOICE)).flatmap(
    lambda order: st.integers(0, 4).map(lambda count: tuple(order[:count]))
)
ORDERS = st.sampled_from((MODALITIES, MODALITIES[::-1], MODALITIES[:1], MODALITIES[1:]))


def rules(primary: tuple[Modality, ...] = MODALITIES, minimum: int = 1) -> ComparisonRules:
    return ComparisonRules(
        fmr={Modality.FACE: 2e-5, Modality.FINGERPRINT: 1e-3}, minimum_primary=minimum, primary=primary
    )


@given(ORDERS, st.integers(1, 3), CHOSEN)
def test_what_is_asked_is_enrolled_and_in_the_order_of_the_policy(
    primary: tuple[Modality, ...], minimum: int, enrolled: tuple[Characteristic, ...]
) -> None:
    asked = asked_by_policy(rules(primary, minimum), enrolled)
    deciding = [characteristic for characteristic in enrolled if characteristic.modality in primary]
    assert set(asked) <= set(deciding)
    assert len(asked) == len(set(asked)) == min(minimum, len(deciding))
    if asked:
        present = {characteristic.modality for characteristic in deciding}
        assert asked[0].modality is next(modality for modality in primary if modality in present)


@given(ORDERS, st.integers(1, 3), CHOSEN, CHOSEN)
def test_only_something_else_replaces_and_more_never_does(
    primary: tuple[Modality, ...],
    minimum: int,
    enrolled: tuple[Characteristic, ...],
    wanted: tuple[Characteristic, ...],
) -> None:
    policy = rules(primary, minimum)
    asked = asked_by_policy(policy, enrolled)
    assert replaced_modalities(policy, enrolled, (*asked, *wanted)) == ()
    replaced = replaced_modalities(policy, enrolled, wanted)
    given_modalities = {characteristic.modality for characteristic in wanted}
    assert not set(replaced) & given_modalities
    if replaced:
        assert given_modalities & set(primary)


@given(
    st.lists(st.sampled_from(MODALITIES), unique=True),
    st.lists(st.sampled_from((*MODALITIES, Modality.VOICE)), unique=True),
)
def test_no_rate_is_ever_laxer_than_the_policys(replaced: list[Modality], presented: list[Modality]) -> None:
    rates = asked_rates(rules(), presented, replaced=replaced)
    assert all(rates[modality] <= rules().rate(modality) for modality in presented)
    if not replaced:
        assert rates == {modality: rules().rate(modality) for modality in presented}


def test_a_finger_in_place_of_a_face_is_held_to_more_and_a_face_to_what_it_is() -> None:
    assert asked_rates(rules(), MODALITIES, replaced=[Modality.FACE]) == {
        Modality.FACE: 2e-5,
        Modality.FINGERPRINT: 5e-4,
    }
    assert asked_rates(rules(), [Modality.FACE], replaced=[Modality.FINGERPRINT]) == {Modality.FACE: 2e-5}
