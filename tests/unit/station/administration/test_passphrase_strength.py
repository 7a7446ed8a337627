"""How hard a passphrase is to guess, and what a letter tells of Caps Lock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.station.administration.passphrase_strength import Strength, estimate_bits, strength_of


@pytest.mark.parametrize(
    ("passphrase", "strength"),
    [
        ("password", Strength.WEAK),
        ("password1234", Strength.WEAK),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", Strength.WEAK),
        ("12345678901234567890", Strength.WEAK),
        ("Motdepasse2026", Strength.WEAK),
        ("P@ssw0rd!2024", Strength.WEAK),
        ("4Dm1n-2024!", Strength.WEAK),
        ("four words of mine", Strength.FAIR),
        ("a sentence that is easy to remember", Strength.STRONG),
        ("kT7!vq2#Lm9$zR4x", Strength.STRONG),
        ("حصان أخضر يقرأ كتابا قديما", Strength.STRONG),
        ("", Strength.WEAK),
    ],
)
def test_what_people_choose_is_told_from_what_they_do_not(passphrase: str, strength: Strength) -> None:
    assert strength_of(passphrase) is strength


@given(st.text(alphabet="kvyzلم7", min_size=2, max_size=40), st.integers(1, 5))
def test_repeating_the_last_sign_adds_nothing(passphrase: str, times: int) -> None:
    assert estimate_bits(passphrase + passphrase[-1] * times) <= estimate_bits(passphrase) + 1e-9
