"""Check digits agree with the examples of their standards, and notice what people mistype."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlid_desktop.site_fields.check_digits import ALPHANUMERIC, DIGITS, LETTERS, is_checked
from mlid_desktop.site_fields.schema import CheckScheme

ALPHABETS = {
    CheckScheme.LUHN: (DIGITS, DIGITS, 1),
    CheckScheme.ICAO_9303: (ALPHANUMERIC, DIGITS, 1),
    CheckScheme.MOD_11_2: (DIGITS, DIGITS + "X", 1),
    CheckScheme.MOD_37_2: (ALPHANUMERIC, ALPHANUMERIC + "*", 1),
    CheckScheme.MOD_97_10: (DIGITS, DIGITS, 2),
    CheckScheme.MOD_661_26: (LETTERS, LETTERS, 2),
    CheckScheme.MOD_1271_36: (ALPHANUMERIC, ALPHANUMERIC, 2),
    CheckScheme.MOD_11_10: (DIGITS, DIGITS, 1),
    CheckScheme.MOD_27_26: (LETTERS, LETTERS, 1),
    CheckScheme.MOD_37_36: (ALPHANUMERIC, ALPHANUMERIC, 1),
}
NOTICE_SWAPS = set(ALPHABETS) - {
    CheckScheme.LUHN,
    CheckScheme.ICAO_9303,
    CheckScheme.MOD_11_10,
    CheckScheme.MOD_27_26,
    CheckScheme.MOD_37_36,
}


def ends(scheme: CheckScheme, body: str) -> list[str]:
    """Every ending that the scheme accepts for a body."""
    _, alphabet, count = ALPHABETS[scheme]
    endings = [first + second for first in alphabet for second in (alphabet if count == 2 else [""])]
    return [ending for ending in endings if is_checked(scheme, body + ending)]


@pytest.mark.parametrize(
    ("scheme", "number"),
    [
        (CheckScheme.LUHN, "79927398713"),  # ISO/IEC 7812-1
        (CheckScheme.ICAO_9303, "L898902C36"),  # Doc 9303-4, appendix
        (CheckScheme.ICAO_9303, "D23145890<7"),
        (CheckScheme.MOD_11_2, "079X"),  # ISO/IEC 7064
        (CheckScheme.MOD_11_2, "0000000218250097"),  # an ORCID iD
        (CheckScheme.MOD_37_2, "G123489654321Y"),
        (CheckScheme.MOD_97_10, "79444"),
        (CheckScheme.MOD_11_10, "07945"),
        (CheckScheme.MOD_37_36, "A12425GABC1234002M"),
    ],
)
def test_examples_of_the_standards(scheme: CheckScheme, number: str) -> None:
    assert is_checked(scheme, number)


@pytest.mark.parametrize("scheme", ALPHABETS)
def test_what_is_no_such_number_is_refused(scheme: CheckScheme) -> None:
    assert not any(is_checked(scheme, number) for number in ("", "0", "A", "é1", "١٢", "12 3", "a1", "*", "X"))


@given(st.sampled_from(list(ALPHABETS)), st.data())
def test_a_mistyped_character_is_noticed(scheme: CheckScheme, data: st.DataObject) -> None:
    alphabet, _, _ = ALPHABETS[scheme]
    body = data.draw(st.text(alphabet, min_size=3, max_size=12))
    endings = ends(scheme, body)
    assert len(endings) == 1, "each number has one ending"
    at = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from(alphabet))
    assume(other != body[at])
    if scheme is CheckScheme.ICAO_9303:  # of its 36 characters those 10 apart weigh the same
        assume((alphabet.index(other) - alphabet.index(body[at])) % 10)
    assert not is_checked(scheme, body[:at] + other + body[at + 1 :] + endings[0])


@given(st.sampled_from(sorted(NOTICE_SWAPS)), st.data())
def test_two_characters_that_change_their_order_are_noticed(scheme: CheckScheme, data: st.DataObject) -> None:
    body = data.draw(st.text(ALPHABETS[scheme][0], min_size=3, max_size=12))
    at = data.draw(st.integers(0, len(body) - 2))
    assume(body[at] != body[at + 1])
    swapped = body[:at] + body[at + 1] + body[at] + body[at + 2 :]
    assert not is_checked(scheme, swapped + ends(scheme, body)[0])
