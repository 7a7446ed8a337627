"""The callers of an unlocked vault: admitted by two, revoked by one, answered with signatures."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.domain.subjects import Enrolment
from mlid_desktop.vault.callers import request_log, signed_answers
from mlid_desktop.vault.callers.caller import (
    MAXIMUM_CALLERS,
    Caller,
    encode_callers,
    is_key,
    read,
    require_usable,
    to_base64url,
)
from mlid_desktop.vault.callers.request_log import TakenRequest
from mlid_desktop.vault.callers.signed_answers import ANSWERS, Claims
from mlid_desktop.vault.crypto.envelope import derive, wipe
from mlid_desktop.vault.crypto.signing import SigningKey, signing_key_of, verify_key_of
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.unlocked.state import VaultState

CALLERS, CHAIN = "callers", "answer-chain"
CODE_LETTERS, CODE_LENGTH = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 10  # 50 bits, of which a caller has five guesses
GUESSES = 5
PAIRING_TIME = timedelta(minutes=5)


@dataclass(slots=True)
class _Offer:
    """A caller that two people admitted and that has not shown itself: held in memory alone."""

    caller: Caller
    code: str = field(repr=False)
    until: datetime
    guesses: int = GUESSES


class Callers:
    """Whoever is at the desk answers callers; supervisors say who they are, and whether there are any."""

    def __init__(self, state: VaultState) -> None:
        self._state = state
        self._offer: _Offer | None = None

    def all(self) -> tuple[Caller, ...]:
        """Every caller that is admitted. Raises VaultError where the list is forged."""
        return self._stored()[1]

    @property
    def port(self) -> int:
        """The port of this machine that callers find the desk at; 0 while the interface is off, and where the answer
        key is not certified any more, so that a supervisor has to turn it on again."""
        return self._stored()[0] if self._is_certified() else 0

    @property
    def pairing_key(self) -> str:
        """The control key in force (base64url): what a caller that is paired now trusts."""
        return to_base64url(self._state.key_file.control.verify_key)

    def chain(self) -> tuple[str, ...]:
        """The links from control keys to the answer key; none before the interface was first turned on."""
        self._state.require_open()
        with self._state.database.reading() as connection:
            return tuple(_chain(connection, self._state))

    def turn(self, port: int) -> None:
        """Turns the interface on at this port, or off (0). Turning it on certifies the answer key. Raises
        VaultError(VAULT_NOT_PERMITTED)."""
        state = self._state
        state.require(Act.SET_INTERFACE)
        signing, own = signing_key(state.keys.roots, state.identity), self._answer_key()
        fresh = signed_answers.certificate(signing, verify_key_of(own), ANSWERS, state.identity.vault_id)
        certified, known = self._is_certified(), self._stored()[1]
        with state.changing() as transaction:
            if port and not certified:
                _write_chain(transaction, [fresh], signing, state.identity)
            signed_values.write(transaction, CALLERS, encode_callers(known, port=port), signing, state.identity)
            state.record(transaction, "interface.turned", number=port)

    def admit(self, caller: Caller, second: SecondPerson | None) -> None:
        """Admits a caller with its key, or with the digest of its token; two people do it. Raises
        UsageError(USAGE_BAD_ARGUMENT) for what no caller can be, VaultError."""
        if bool(caller.key) == bool(caller.origin and caller.token_digest):
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="key")
        self._require_usable(caller)
        confirmed = self._state.require_two(Act.ADMIT_CALLER, second)
        self._add(caller, second=confirmed)

    def offer(self, caller: Caller, second: SecondPerson | None) -> str:
        """Admits a caller that has not shown itself: whoever names the code that is given out, in five minutes and with
        five guesses, is it. Two people do it; the next offer takes its place, and locking takes it back. Raises as
        :meth:`admit`."""
        if caller.key or caller.token_digest:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="key")
        self._require_usable(caller)
        confirmed = self._state.require_two(Act.ADMIT_CALLER, second)
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        facts = {"caller": caller.caller_id, "program": caller.name}
        self._state.record_alone("caller.offered", **facts, second=confirmed)
        self._offer = _Offer(caller, code, self._state.time().now + PAIRING_TIME)
        return f"{code[:5]}-{code[5:]}"

    def complete(self, untrusted_code: str, untrusted_key: str, origin: str, token: str) -> Caller | None:
        """The caller that names the code, and from now on signs with this key or, where it is a web page of this
        ``origin``, shows this token; None where it is not the one. Raises VaultError."""
        self._state.require(Act.SET_INTERFACE)
        offer = self._offer
        if offer is None:
            return None
        if self._state.time().now > offer.until or offer.guesses <= 0:
            self._offer = None
            return None
        offer.guesses -= 1
        guess = untrusted_code.upper().replace("-", "").replace(" ", "").encode("utf-8", "replace")
        fits = origin == offer.caller.origin and (bool(origin) or is_key(untrusted_key))
        if not hmac.compare_digest(guess, offer.code.encode()) or not fits:
            return None
        self._offer = None
        paired = offer.caller.paired(token=token) if origin else offer.caller.paired(key=untrusted_key)
        self._add(paired)
        return paired

    @property
    def offered_origin(self) -> str:
        """The web origin of the caller that is awaited; empty for none."""
        return "" if self._offer is None else self._offer.caller.origin

    def revoke(self, caller_id: str) -> None:
        """From now on this caller is nobody; one supervisor does it. Raises UsageError(USAGE_UNKNOWN_CALLER),
        VaultError."""
        state = self._state
        state.require(Act.SET_INTERFACE)
        port, known = self._stored()
        others = [caller for caller in known if caller.caller_id != caller_id]
        if len(others) == len(known):
            raise UsageError(Code.USAGE_UNKNOWN_CALLER)
        signing = signing_key(state.keys.roots, state.identity)
        with state.changing() as transaction:
            signed_values.write(transaction, CALLERS, encode_callers(others, port=port), signing, state.identity)
            gone = next(caller for caller in known if caller.caller_id == caller_id)
            state.record(transaction, "caller.revoked", caller=caller_id, program=gone.name)

    def take(self, request: TakenRequest) -> None:
        """Keeps that a request is taken up, durable when this returns. Raises VaultError."""
        self._state.require(Act.COMPARE)
        with self._state.changing() as transaction:
            request_log.take(transaction, request)
            facts = {"request": request.request_id, "how": request.kind.value}
            facts |= caller_facts(transaction.connection, self._state, request.caller_id)
            self._state.record(transaction, "request.taken", **facts)

    def close(self, caller_id: str, request_id: str, outcome: str, subject_id: str = "") -> None:
        """Keeps what a request has come to. One that is not open is left as it is. Raises VaultError."""
        self._state.require(Act.COMPARE)
        with self._state.changing() as transaction:
            self._close_in(transaction, caller_id, request_id, outcome, subject_id)

    def close_enrolled(self, transaction: Transaction, enrolment: Enrolment) -> None:
        """Part of saving: the request of a caller that asked for it is closed in the same change."""
        if enrolment.asked_by is not None:
            self._close_in(transaction, *enrolment.asked_by, request_log.ENROLLED, enrolment.subject_id)

    def _close_in(
        self, transaction: Transaction, caller_id: str, request_id: str, outcome: str, subject_id: str = ""
    ) -> None:
        if request_log.close(transaction, caller_id, request_id, outcome, subject_id):
            facts = {"request": request_id, "outcome": outcome, "subject": subject_id}
            facts |= caller_facts(transaction.connection, self._state, caller_id)
            self._state.record(transaction, "request.answered", **facts)

    def recent_requests(self) -> tuple[TakenRequest, ...]:
        """The requests that were taken up in the last thirty days."""
        with self._state.reading(Act.COMPARE) as connection:
            return request_log.requests_since(connection, self._state.time_in(connection).now - request_log.KEPT)

    def taken(self, caller_id: str, request_id: str) -> TakenRequest | None:
        """The request of a caller under this identifier, None where it was never taken up."""
        with self._state.reading(Act.COMPARE) as connection:
            return request_log.find(connection, caller_id, request_id)

    def about(self, subject_id: str) -> tuple[TakenRequest, ...]:
        """The requests that were answered about a person, the oldest first."""
        with self._state.reading(Act.COMPARE) as connection:
            return request_log.requests_about(connection, subject_id)

    def sign_answer(self, claims: Claims) -> str:
        """The claims as an answer of this vault. Raises VaultError(VAULT_NOT_PERMITTED)."""
        self._state.require(Act.COMPARE)
        return signed_answers.sign(self._answer_key(), signed_answers.ANSWER_TYPE, claims)

    def _require_usable(self, caller: Caller) -> None:
        require_usable(caller)
        known = self._stored()[1]
        if len(known) >= MAXIMUM_CALLERS or any(caller.name == other.name for other in known):
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="name")

    def _add(self, caller: Caller, **facts: str) -> None:
        state = self._state
        port, known = self._stored()
        signing = signing_key(state.keys.roots, state.identity)
        with state.changing() as transaction:
            signed_values.write(
                transaction, CALLERS, encode_callers([*known, caller], port=port), signing, state.identity
            )
            facts |= {"caller": caller.caller_id, "program": caller.name}
            state.record(transaction, "caller.admitted", **facts)

    def _stored(self) -> tuple[int, tuple[Caller, ...]]:
        state = self._state
        state.require_open()
        with state.database.reading() as connection:
            return _stored(connection, state)

    def _is_certified(self) -> bool:
        """Whether the chain leads from the control key in force to the answer key of these roots."""
        chain, control = self.chain(), self._state.key_file.control.verify_key
        answers = verify_key_of(self._answer_key())
        return bool(chain) and signed_answers.leads_to(chain[-1], control, answers, self._state.identity.vault_id)

    def _answer_key(self) -> SigningKey:
        return answer_key(self._state.keys.roots, self._state.identity)


def caller_facts(connection: Connection, state: VaultState, caller_id: str) -> dict[str, str]:
    """What the audit says of a caller: its identifier, and its name as long as it is admitted."""
    names = {caller.caller_id: caller.name for caller in _stored(connection, state)[1]}
    return {"caller": caller_id, "program": names.get(caller_id, "")}


def _stored(connection: Connection, state: VaultState) -> tuple[int, tuple[Caller, ...]]:
    return read(signed_values.read(connection, CALLERS, state.key_file.control.verify_key, state.identity))


def answer_key(roots: Roots, identity: VaultIdentity) -> SigningKey:
    """The key that answers are signed with."""
    seed = derive(roots.data, "answers", identity.number)
    key = signing_key_of(seed)
    wipe(seed)
    return key


def renew_chain(transaction: Transaction, before: Connection, state: VaultState, incoming: Roots) -> None:
    """Part of a rotation of the roots: callers can follow from the control key that they know. ``before`` is a view of
    the database under the old roots. Nothing where no answer key was ever certified."""
    chain = _chain(before, state)
    if not chain:
        return
    old, new = signing_key(state.keys.roots, state.identity), signing_key(incoming, state.identity)
    answers = verify_key_of(answer_key(incoming, state.identity))
    links = signed_answers.chain_after_rotation(chain, old, new, answers, state.identity.vault_id)
    _write_chain(transaction, links[-signed_answers.MAXIMUM_CHAIN :], new, state.identity)


def _chain(connection: Connection, state: VaultState) -> list[str]:
    stored = signed_values.read(connection, CHAIN, state.key_file.control.verify_key, state.identity)
    try:
        chain = json.loads(stored or b"[]")
        return [str(link) for link in chain]
    except (ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=CHAIN) from None


def _write_chain(transaction: Transaction, chain: Sequence[str], signing: SigningKey, identity: VaultIdentity) -> None:
    signed_values.write(transaction, CHAIN, json.dumps(list(chain)).encode(), signing, identity)
