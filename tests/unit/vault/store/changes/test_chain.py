"""A chain of signed changes holds as it was made, and every damage to it is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.store.changes.chain import ChangeFault, ChangeFinding, check_chain
from mlid_desktop.vault.store.changes.change import (
    FIRST_LINK,
    Change,
    Point,
    digest_of,
    link_of,
    signed_change,
    signed_content,
    tallies_digest,
)

HEADER = b"header of a vault"
MARKS = st.lists(st.integers(0, 5), max_size=8)


@dataclass(frozen=True)
class TestDesk:
    """A desk with a key made from its number."""

    __test__ = False
    number: int

    @property
    def desk(self) -> str:
        return f"{self.number:032x}"

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.number]) * 32)

    def sign(self, content: bytes) -> bytes:
        return self.key.sign(content)


DESK, OTHER = TestDesk(1), TestDesk(2)
DESKS = {desk.desk: desk.key.public_key().public_bytes_raw() for desk in (DESK, OTHER)}
START = Point(7, FIRST_LINK)


def made(length: int = 6) -> list[Change]:
    """A chain of two desks in turn, from change 8 on."""
    chain: list[Change] = []
    end = START
    for step in range(length):
        desk = (DESK, OTHER)[step % 2]
        digest, tallies = digest_of([step], [step + 1]), tallies_digest({"subjects": Tally(step, step).written()})
        bare = Change(end.number + 1, desk.desk, "enrolment.saved", f"{step:032x}", digest, tallies, bytes([step]) * 32)
        chain.append(signed_change(bare, end.link, HEADER, desk))
        end = chain[-1].point
    return chain


CHAIN = made()
END = CHAIN[-1].point


def found(chain: list[Change], expected: Point | None = END) -> ChangeFinding | None:
    return check_chain(chain, START, DESKS, HEADER, expected).finding


def test_a_chain_holds_as_it_was_made() -> None:
    checked = check_chain(CHAIN, START, DESKS, HEADER, END)
    assert (checked.end, checked.finding) == (END, None)
    assert found([], START) is None


def forged(change: Change) -> Change:
    """A change whose link follows, by whoever has no desk's key."""
    content = signed_content(change, CHAIN[2].link, HEADER)
    return replace(change, link=link_of(content))


DAMAGE: dict[str, tuple[Callable[[list[Change]], list[Change]], ChangeFault, int]] = {
    "left out": (lambda c: c[:3] + c[4:], ChangeFault.REMOVED, 11),
    "left out and renumbered": (
        lambda c: c[:3] + [replace(x, number=x.number - 1) for x in c[4:]],
        ChangeFault.CHANGED,
        11,
    ),
    "cut off": (lambda c: c[:-2], ChangeFault.TRUNCATED, 12),
    "twice": (lambda c: [*c[:3], c[2], *c[3:]], ChangeFault.ADDED, 10),
    "one more": (
        lambda c: [*c, signed_change(replace(c[0], number=END.number + 1), END.link, HEADER, DESK)],
        ChangeFault.ADDED,
        END.number + 1,
    ),
    "exchanged": (
        lambda c: [*c[:3], replace(c[4], number=11), replace(c[3], number=12), c[5]],
        ChangeFault.REORDERED,
        11,
    ),
    "out of order": (lambda c: [*c[:3], c[4], c[3], c[5]], ChangeFault.REMOVED, 11),
    "another act": (lambda c: [*c[:3], replace(c[3], act="subject.erased"), *c[4:]], ChangeFault.CHANGED, 11),
    "another link": (lambda c: [*c[:3], replace(c[3], link=bytes(32)), *c[4:]], ChangeFault.CHANGED, 11),
    "another signature": (lambda c: [*c[:3], replace(c[3], signature=bytes(64)), *c[4:]], ChangeFault.FORGED, 11),
    "forged": (lambda c: [*c[:3], forged(replace(c[3], subject="ab" * 16)), *c[4:]], ChangeFault.FORGED, 11),
    "of another desk": (lambda c: [*c[:3], replace(c[3], desk="ff" * 16), *c[4:]], ChangeFault.UNKNOWN_DESK, 11),
    "said to be the other desk's": (
        lambda c: [*c[:3], forged(replace(c[3], desk=DESK.desk)), *c[4:]],
        ChangeFault.FORGED,
        11,
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named_and_nothing_after_it_counts(what: str) -> None:
    damage, fault, number = DAMAGE[what]
    checked = check_chain(damage(CHAIN), START, DESKS, HEADER, END)
    assert checked.finding == ChangeFinding(fault, number)
    assert checked.end.number < number or fault is ChangeFault.ADDED


def test_a_chain_of_another_vault_or_from_elsewhere_does_not_hold() -> None:
    assert check_chain(CHAIN, START, DESKS, b"another", END).finding == ChangeFinding(ChangeFault.CHANGED, 8)
    elsewhere = Point(7, bytes([1]) * 32)
    assert check_chain(CHAIN, elsewhere, DESKS, HEADER, END).finding == ChangeFinding(ChangeFault.CHANGED, 8)
    assert found(CHAIN, Point(END.number, bytes(32))) == ChangeFinding(ChangeFault.CHANGED, END.number)


@given(MARKS, MARKS, MARKS)
def test_the_digest_is_of_what_changed_in_whatever_order(gone: list[int], come: list[int], between: list[int]) -> None:
    assert digest_of(gone, come) == digest_of([*between, *gone], [*reversed(come), *between])
    net = sorted(gone), sorted(come)
    assert (digest_of(gone, come) == digest_of([], [])) == (net[0] == net[1])


def test_the_state_is_that_of_its_tables_alone() -> None:
    tally = Tally(1, 5).written()
    assert tallies_digest({"a": tally, "b": Tally().written(), "c": b""}) == tallies_digest({"a": tally})
    assert tallies_digest({"a": tally}) != tallies_digest({"b": tally})
