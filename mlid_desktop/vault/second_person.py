"""Who may confirm what somebody else does, and who may act alone: the one rule that every act of two asks.

It is a function of values, without clock or disk: :func:`judge`. What the vault knows of its accounts comes in a
:class:`Desk`; the station shows the answer before it asks for a passphrase, and the vault asks again when the act is
done. The sentence behind it: two people mean two. An account is new for a day of the vault's own time after somebody
other than its owner set the passphrase, and a new one confirms for no account, and none for it, in which the same
person may have had a hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.roles import FOUR_EYES, PERMITTED, Act, SecondPerson, may
from mlid_desktop.domain.subjects import Operator

__all__ = [
    "FOUR_EYES",
    "PERMITTED",
    "Account",
    "Act",
    "Desk",
    "Founding",
    "Ruling",
    "SecondPerson",
    "SecondPersons",
    "judge",
    "require_permitted",
    "require_ruling",
]

WAIT_S = 24 * 60 * 60  # of the vault's own time, for which an account is new
UNKNOWN = ""  # in the place of who set a passphrase: it may have been anybody


class Founding(StrEnum):
    """How many people founded the vault; ``ADMITTED``: one did, and has admitted the one person that one may."""

    BY_TWO = "two"
    BY_ONE = "one"
    ADMITTED = "one_admitted"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can open the vault. ``slot`` changes whenever somebody else sets the passphrase; ``set_by`` did so
    last (None: its owner alone, at the keyboard; ``UNKNOWN``: nobody knows), and ``waits_s`` is for how long it is new
    still."""

    name: str
    slot: str
    set_by: str | None = None
    waits_s: int = 0
    is_recovery_code: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What the rule has to know of a vault. ``has_real_people``: somebody was enrolled, at any time, who is more than a
    trial."""

    accounts: tuple[Account, ...]
    founding: Founding
    has_real_people: bool

    def find(self, slot: str) -> Account | None:
        """The account behind a slot, None where it is gone or was given another passphrase."""
        return next((account for account in self.accounts if account.slot == slot), None)

    @property
    def people(self) -> tuple[Account, ...]:
        """Every account but the recovery code."""
        return tuple(account for account in self.accounts if not account.is_recovery_code)


@dataclass(frozen=True, slots=True)
class Ruling:
    """``refusal`` is None where the act may be done; ``wait_s`` is after how long the vault may say otherwise.
    ``alone``: it may be done by one, and why."""

    refusal: Code | None = None
    wait_s: int = 0
    alone: str = ""


FOUNDED_BY_ONE, ONLY_PERSON, BY_RECOVERY_CODE = "founded_by_one", "only_person", "recovery_code"
# What one founder may do until the first real person is enrolled, as long as nobody could confirm it.
ONE_FOUNDER_MAY = frozenset({Act.ERASE, Act.REGISTER_DEVICE, Act.CHANGE_POLICY, Act.ADMIT_OPERATOR})
# What the only person may do: a vault that is lost with its only person helps nobody.
THE_ONLY_PERSON_MAY = frozenset({Act.MAKE_RECOVERY_CODE, Act.RESTORE})


def judge(
    act: Act, first: str, second: str | None, desk: Desk, *, leaving: str = "", is_shipped: bool = False
) -> Ruling:
    """May the holder of slot ``second`` confirm this act of slot ``first`` now; for ``second`` None, may it be done
    alone? ``leaving`` is the name of who is taken out; ``is_shipped``: the policy to be stored is one of the
    program's own."""
    if act not in FOUR_EYES:
        return Ruling()
    doing = desk.find(first)
    if doing is None:
        return Ruling(Code.VAULT_SECOND_IS_NOBODY)
    if second is None:
        return _judge_alone(act, doing, desk, leaving, is_shipped=is_shipped)
    confirming = desk.find(second)
    if confirming is None:
        return Ruling(Code.VAULT_SECOND_IS_NOBODY)
    return _judge_pair(doing, confirming, desk)


def _judge_pair(first: Account, second: Account, desk: Desk) -> Ruling:
    if first.is_recovery_code or second.is_recovery_code:
        return Ruling(Code.VAULT_RECOVERY_CODE_ALONE)
    if first.name == second.name:
        return Ruling(Code.VAULT_SECOND_PERSON_NEEDED)
    knowing, others = known_by(first, desk), known_by(second, desk)
    one_waits = first.waits_s > 0 or second.waits_s > 0
    if one_waits and (UNKNOWN in knowing | others or knowing & others):
        return Ruling(Code.VAULT_SECOND_MUST_WAIT, wait_s=max(first.waits_s, second.waits_s))
    return Ruling()


def _judge_alone(act: Act, doing: Account, desk: Desk, leaving: str, *, is_shipped: bool) -> Ruling:
    others = [account for account in desk.people if account.name not in {doing.name, leaving}]
    if doing.is_recovery_code:
        lone = len(desk.people) == 1
        allowed = act is Act.RESET_OPERATOR or (act is Act.ADMIT_OPERATOR and lone)
        return Ruling(alone=BY_RECOVERY_CODE) if allowed else Ruling(Code.VAULT_RECOVERY_CODE_ALONE)
    if not others and (act in THE_ONLY_PERSON_MAY or act is Act.REMOVE_OPERATOR):
        return Ruling(alone=ONLY_PERSON)
    able = [other for other in others if _judge_pair(doing, other, desk).refusal is None]
    founding = desk.founding in {Founding.BY_ONE, Founding.ADMITTED} and not desk.has_real_people
    if founding and not able and act in ONE_FOUNDER_MAY:
        used_up = act is Act.ADMIT_OPERATOR and desk.founding is Founding.ADMITTED
        foreign = act is Act.CHANGE_POLICY and not is_shipped
        if not used_up and not foreign:
            return Ruling(alone=FOUNDED_BY_ONE)
    return Ruling(Code.VAULT_SECOND_PERSON_NEEDED if others else Code.VAULT_NOBODY_TO_SECOND)


def known_by(account: Account, desk: Desk) -> frozenset[str]:
    """Names of everybody who may know the passphrase: its owner, who set it, and whoever set that person's, however
    long ago: somebody may act through an account that they made. Of a maker who has no account any more nobody knows
    whose it was: ``UNKNOWN``."""
    names, makers = {account.name}, [account]
    while makers:
        maker = makers.pop()
        if maker.set_by is None or maker.set_by in names:
            continue
        known = [other for other in desk.accounts if other.name == maker.set_by]
        names |= {maker.set_by} if known else {maker.set_by, UNKNOWN}
        makers += known
    return frozenset(names)


def require_permitted(operator: Operator, act: Act) -> None:
    """Raises VaultError(VAULT_NOT_PERMITTED) where the role does not permit the act."""
    if not may(operator, act):
        raise VaultError(Code.VAULT_NOT_PERMITTED)


def require_ruling(ruling: Ruling) -> None:
    """Raises VaultError with the code of a refusal."""
    if ruling.refusal is not None:
        hours = max(1, -(-ruling.wait_s // 3600))
        facts = {"hours": hours} if ruling.refusal is Code.VAULT_SECOND_MUST_WAIT else {}
        raise VaultError(ruling.refusal, **facts)


class SecondPersons:
    """The second persons whose confirmation was not used yet, with the slot that their passphrase opened."""

    def __init__(self) -> None:
        self._waiting: list[tuple[SecondPerson, str]] = []

    def confirmed(self, operator: Operator, slot: str) -> SecondPerson:
        """A confirmation to hand out."""
        second = SecondPerson(operator)
        self._waiting.append((second, slot))
        return second

    def use(self, second: SecondPerson | None) -> str | None:
        """Takes the confirmation: the slot of who gave it. Raises VaultError(VAULT_SECOND_PERSON_NEEDED) where it was
        used, or is another vault's."""
        if second is None:
            return None
        found = [slot for confirmation, slot in self._waiting if confirmation is second]
        if not found:
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        self._waiting = [pair for pair in self._waiting if pair[0] is not second]
        return found[0]
