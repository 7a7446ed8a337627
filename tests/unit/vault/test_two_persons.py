"""One person never acts as two: no order of admissions, resets, codes, kills, clocks and restarts lets one who holds
several accounts confirm their own act within a day of having got hold of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count, permutations
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.roles import FOUR_EYES, Act
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.crypto.multiset_hash import Marker
from mlid_desktop.vault.keys.accounts import accounts_of
from mlid_desktop.vault.keys.slot_register import SlotOrigin, begin_waits_anew, read_slots, register, settle
from mlid_desktop.vault.keys.slots import BY_PASSPHRASE, BY_RECOVERY, Grant
from mlid_desktop.vault.second_person import UNKNOWN, WAIT_S, Account, Desk, Founding, judge, known_by
from mlid_desktop.vault.store import own_time
from mlid_desktop.vault.store.schema import METADATA
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.founding import has_real_people, read_founding
from tests.doubles import FixedClock

HOUR = 3600.0
HONEST, THIEF, CODE = "honest", "thief", "recovery code"


class AttackerWithAccounts(RuleBasedStateMachine):
    """A thief with one account of their own among honest people who confirm whatever the thief asks. What the thief
    gets hold of is kept with the true time, which the vault does not know."""

    accounts = Bundle("accounts")

    def __init__(self) -> None:
        super().__init__()
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        METADATA.create_all(self.engine)
        self.clock, self.numbers = FixedClock(), count(1)
        self.true_s = 0.0
        self.facts: dict[str, bytes] = {}
        self.grants: dict[str, Grant] = {}
        self.held: dict[str, float] = {}
        for name in (HONEST, "second honest", THIEF):
            self._make(name, SlotOrigin.FOUNDED, "")
        self.held[THIEF] = -2.0 * WAIT_S

    def teardown(self) -> None:
        self.engine.dispose()

    @contextmanager
    def changing(self) -> Iterator[Transaction]:
        """As the vault changes itself."""
        with self.engine.begin() as connection:
            transaction = Transaction(None, connection, Marker(bytearray(32)), self.clock.now())  # type: ignore[arg-type] # no head
            transaction.facts = self.facts
            if own_time.advance(transaction, self.clock):
                begin_waits_anew(transaction)
            yield transaction

    def desk(self) -> Desk:
        """What the rule is asked with."""
        with self.engine.connect() as connection:
            entries = read_slots(connection)
        accounts = accounts_of(self.grants.values(), entries, self.facts, self.clock)
        return Desk(accounts, read_founding(self.facts), has_real_people(self.facts))

    def _grant(self, name: str) -> Grant:
        kind = BY_RECOVERY if name == CODE else BY_PASSPHRASE
        return Grant(name, Role.SUPERVISOR, kind, next(self.numbers).to_bytes(32, "big"), b"")

    def _make(self, name: str, how: SlotOrigin, set_by: str, *, killed: bool = False) -> None:
        self.grants[name] = self._grant(name)
        if not killed:  # else the process ends between the key file and the register
            with self.changing() as transaction:
                register(transaction, self.grants[name], how, set_by)

    def _allowed(self, act: Act, first: str, second: str | None) -> bool:
        slot = None if second is None else self.grants[second].public.hex()
        return judge(act, self.grants[first].public.hex(), slot, self.desk()).refusal is None

    @rule(target=accounts, by=st.one_of(st.just(THIEF), accounts), killed=st.booleans())
    def admit(self, by: str, killed: bool) -> str:
        """The thief admits an account of their own, through any that they have, confirmed by somebody honest."""
        first = by if by in self.held else THIEF
        name = f"made {next(self.numbers)}"
        if self._allowed(Act.ADMIT_OPERATOR, first, HONEST):
            self._make(name, SlotOrigin.ADDED, first, killed=killed)
            self.held[name] = self.true_s
        return name

    @rule(by=accounts, name=st.sampled_from(["second honest"]), killed=st.booleans())
    def reset(self, by: str, name: str, killed: bool) -> None:
        """The thief sets an honest person's passphrase, confirmed by somebody honest."""
        if by in self.held and self._allowed(Act.RESET_OPERATOR, by, HONEST):
            self._make(name, SlotOrigin.RESET, by, killed=killed)
            self.held[name] = self.true_s

    @rule(name=st.sampled_from(["second honest", THIEF]), killed=st.booleans())
    def recover(self, name: str, killed: bool) -> None:
        """The thief found the recovery code."""
        self._make(name, SlotOrigin.RECOVERED, UNKNOWN, killed=killed)
        self.held[name] = self.true_s

    @rule(by=accounts)
    def make_code(self, by: str) -> None:
        """A new code, confirmed by somebody honest, which the thief keeps."""
        if by in self.held and self._allowed(Act.MAKE_RECOVERY_CODE, by, HONEST):
            self._make(CODE, SlotOrigin.ADDED, by)
            self.held[CODE] = self.true_s

    @rule(gone=consumes(accounts))
    def remove(self, gone: str) -> None:
        """An account is taken out again."""
        if gone in self.grants:
            del self.grants[gone]
            self.held.pop(gone, None)

    @rule(hours=st.floats(0.1, 30))
    def work(self, hours: float) -> None:
        """Time passes while the machine runs."""
        self.clock.advance(hours * HOUR)
        self.true_s += hours * HOUR

    @rule()
    def touch(self) -> None:
        """Something else is written."""
        with self.changing():
            pass

    @rule()
    def unlock(self) -> None:
        """The vault is opened again: what a kill left is found."""
        with self.changing() as transaction:
            settle(transaction, self.grants.values())

    @rule(hours=st.floats(-48, 1000))
    def set_clock(self, hours: float) -> None:
        """Somebody sets the wall clock."""
        self.clock.set_wall(self.clock.now() + timedelta(hours=hours))

    @rule(off_hours=st.floats(0, 3), clock_hours=st.floats(0, 1000))
    def restart(self, off_hours: float, clock_hours: float) -> None:
        """The machine is off, and its clock is set meanwhile."""
        self.clock.restart((off_hours + clock_hours) * HOUR)
        self.true_s += off_hours * HOUR

    @invariant()
    def nobody_confirms_their_own_act(self) -> None:
        """Of any two accounts that the thief holds, the newer was got hold of a day ago at least."""
        holders = [name for name in self.held if name in self.grants]
        for first, second in permutations(holders, 2):
            if self._allowed(Act.ERASE, first, second):
                assert self.true_s - max(self.held[first], self.held[second]) >= WAIT_S - 1.0, (first, second)

    @invariant()
    def the_code_confirms_nothing(self) -> None:
        """Neither as the first nor as the second."""
        for name in self.grants if CODE in self.grants else ():
            assert not self._allowed(Act.ERASE, CODE, name)
            assert not self._allowed(Act.ERASE, name, CODE)

    @invariant()
    def nothing_of_two_is_done_alone(self) -> None:
        """There are honest people, who were not asked."""
        for act in FOUR_EYES:
            assert not self._allowed(act, THIEF, None)


TestAttackerWithAccounts = AttackerWithAccounts.TestCase
TestAttackerWithAccounts.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # without tracing, which takes minutes here
)


def account(name: str, set_by: str | None = None, waits_s: int = 0, **more: Any) -> Account:
    """An account whose slot is its name."""
    return Account(name, name, set_by, waits_s, **more)


A, B, C = account("a"), account("b"), account("c")


def refusal(first: str, second: str | None, *accounts: Account, act: Act = Act.ERASE, **more: Any) -> Code | None:
    """What the rule says of a vault that two founded and where people are enrolled."""
    desk = Desk(accounts, more.pop("founding", Founding.BY_TWO), has_real_people=more.pop("real", True))
    return judge(act, first, second, desk, **more).refusal


def test_founders_confirm_at_once_and_nobody_for_themselves() -> None:
    assert refusal("a", "b", A, B) is None
    assert refusal("a", "a", A, B) is Code.VAULT_SECOND_PERSON_NEEDED
    assert refusal("a", "gone", A, B) is Code.VAULT_SECOND_IS_NOBODY
    assert refusal("gone", "b", A, B) is Code.VAULT_SECOND_IS_NOBODY


@pytest.mark.parametrize(("first", "second"), [("a", "new"), ("new", "a"), ("new", "other"), ("new", "its own")])
def test_whoever_set_a_passphrase_counts_as_one_with_its_holder(first: str, second: str) -> None:
    """Both ways, two that one person made, and one that was made by such a one."""
    made = (account("new", "a", 5), account("other", "a", 5), account("its own", "new", 5))
    assert refusal(first, second, A, B, *made) is Code.VAULT_SECOND_MUST_WAIT
    assert refusal("new", "b", A, B, *made) is None
    over = tuple(account(person.name, person.set_by, 0) for person in made)
    assert refusal(first, second, A, B, *over) is None


def test_a_passphrase_that_nobody_knows_who_set_confirms_for_nobody() -> None:
    found = account("found", UNKNOWN, 7200)
    assert refusal("a", "found", A, found) is Code.VAULT_SECOND_MUST_WAIT
    assert refusal("found", "a", A, found) is Code.VAULT_SECOND_MUST_WAIT
    ruling = judge(Act.ERASE, "a", "found", Desk((A, found), Founding.BY_TWO, has_real_people=True))
    assert ruling.wait_s == 7200


def test_who_took_the_maker_out_is_no_stranger_to_the_made() -> None:
    """Else the maker's maker would confirm through the account at once."""
    between, made = account("between", "a", 0), account("made", "between", 5)
    assert refusal("a", "made", A, B, between, made) is Code.VAULT_SECOND_MUST_WAIT
    assert refusal("a", "made", A, B, made) is Code.VAULT_SECOND_MUST_WAIT
    assert refusal("a", "made", A, B, account("made", "between", 0)) is None


def test_makers_that_go_round_in_a_circle_are_found_too() -> None:
    first, other = account("one", "other", 5), account("other", "one", 5)
    desk = Desk((first, other, A), Founding.BY_TWO, has_real_people=True)
    assert known_by(first, desk) == {"one", "other"}


def test_one_founder_may_do_a_little_until_somebody_real_is_enrolled() -> None:
    alone = {"founding": Founding.BY_ONE, "real": False}
    may = {act for act in FOUR_EYES if refusal("a", None, A, act=act, is_shipped=True, **alone) is None}
    assert may == {
        Act.ERASE,
        Act.REGISTER_DEVICE,
        Act.CHANGE_POLICY,
        Act.ADMIT_OPERATOR,
        Act.MAKE_RECOVERY_CODE,
        Act.REMOVE_OPERATOR,
        Act.RESTORE,
    }
    assert refusal("a", None, A, act=Act.CHANGE_POLICY, **alone) is Code.VAULT_NOBODY_TO_SECOND
    after = {act for act in FOUR_EYES if refusal("a", None, A, act=act, founding=Founding.BY_ONE) is None}
    assert after == {Act.MAKE_RECOVERY_CODE, Act.REMOVE_OPERATOR, Act.RESTORE}  # of the only person


def test_one_founder_admits_one_person_and_waits_for_them() -> None:
    waiting, ready = account("new", "a", 5), account("new", "a", 0)
    admitted = {"founding": Founding.ADMITTED, "real": False}
    assert refusal("a", None, A, waiting, act=Act.ERASE, **admitted) is None
    assert refusal("a", None, A, waiting, act=Act.ADMIT_OPERATOR, **admitted) is Code.VAULT_SECOND_PERSON_NEEDED
    assert refusal("a", None, A, ready, act=Act.ERASE, **admitted) is Code.VAULT_SECOND_PERSON_NEEDED
    assert refusal("a", "new", A, ready, act=Act.ADMIT_OPERATOR, **admitted) is None


def test_the_recovery_code_sets_passphrases_and_nothing_else() -> None:
    code = account("recovery code", None, 0, is_recovery_code=True)
    for act in FOUR_EYES:
        alone = refusal("recovery code", None, A, B, code, act=act)
        assert (alone is None) == (act is Act.RESET_OPERATOR), act
        assert refusal("recovery code", "a", A, B, code, act=act) is Code.VAULT_RECOVERY_CODE_ALONE
        assert refusal("a", "recovery code", A, B, code, act=act) is Code.VAULT_RECOVERY_CODE_ALONE
    assert refusal("recovery code", None, A, code, act=Act.ADMIT_OPERATOR) is None  # whoever is alone


def test_somebody_is_taken_out_by_two_where_there_is_a_third() -> None:
    three = (A, B, C)
    needed = refusal("a", None, *three, act=Act.REMOVE_OPERATOR, leaving="c")
    assert needed is Code.VAULT_SECOND_PERSON_NEEDED
    assert refusal("a", None, A, B, act=Act.REMOVE_OPERATOR, leaving="b") is None
    waiting = account("new", "a", 5)
    kept = refusal("a", None, A, B, waiting, act=Act.REMOVE_OPERATOR, leaving="b")
    assert kept is Code.VAULT_SECOND_PERSON_NEEDED  # or one supervisor would be alone with an account of their own
