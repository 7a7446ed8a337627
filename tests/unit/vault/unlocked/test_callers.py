"""Other programs in a vault: admitted by two, revoked by one, answered by keys that can be followed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.client import AnswerNotValidError, DeskAnswer, read_answer
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.callers import caller as codec
from mlid_desktop.vault.callers.caller import Caller, CallerField, RequestKind, to_base64url
from mlid_desktop.vault.callers.request_log import ENROLLED, OPEN, TakenRequest
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import FixedClock
from tests.makers import ENROLLED as MOMENT
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened, witness

KEY = to_base64url(b"k" * 32)
CALLER = Caller("c" * 32, "Front desk", ("recognition",), MOMENT, key=KEY)
PAGE = replace(CALLER, key="", origin="https://clinic.example")
CLAIMS = {"aud": CALLER.caller_id, "iat": 1000, "exp": 1300, "verdict": "accepted", "kind": "verify", "demo": False}


def taken(request: str = "a" * 32) -> TakenRequest:
    return TakenRequest(CALLER.caller_id, request, RequestKind.ENROL, "digest", OPEN, MOMENT)


def checked(vault: Vault, trusted: str, **changes: object) -> DeskAnswer:
    claims = {"iss": vault.identity.vault_id, **CLAIMS, **changes}
    answer = vault.callers.sign_answer(claims)
    return read_answer(answer, vault.callers.chain(), trusted, {"aud": CALLER.caller_id}, now=1100)


def test_the_interface_is_off_until_a_supervisor_turns_it_on(vault: Vault) -> None:
    assert vault.callers.port == 0
    vault.callers.turn(47263)
    assert vault.callers.port == 47263
    vault.callers.turn(0)
    assert vault.callers.port == 0


def test_a_caller_is_admitted_by_two_and_revoked_by_one(vault: Vault) -> None:
    with pytest.raises(VaultError):
        vault.callers.admit(CALLER, None)
    vault.callers.admit(CALLER, witness(vault))
    assert vault.callers.all() == (CALLER,)
    with pytest.raises(UsageError):
        vault.callers.admit(replace(CALLER, caller_id="d" * 32), witness(vault))  # of the same name
    vault.callers.revoke(CALLER.caller_id)
    assert vault.callers.all() == ()
    with pytest.raises(UsageError) as gone:
        vault.callers.revoke(CALLER.caller_id)
    assert gone.value.code is Code.USAGE_UNKNOWN_CALLER
    events = [entry.event for entry in vault.audit.entries(1)]
    assert events[-2:] == ["caller.admitted", "caller.revoked"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 61},
        {"key": "short"},
        {"key": "", "origin": "https://clinic.example"},  # without a token
        {"purposes": ()},
        {"kinds": frozenset()},
        {"key": "", "token_digest": "t", "origin": "null"},
        {"key": "", "token_digest": "t", "origin": "http://clinic.example"},
        {"key": "", "token_digest": "t", "origin": "https://clinic.example/path"},
        {"key": "", "token_digest": "t", "origin": "https://clinic.example@evil"},
    ],
)
def test_what_no_caller_can_be_is_not_admitted(vault: Vault, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        vault.callers.admit(replace(CALLER, **wrong), witness(vault))  # type: ignore[arg-type]
    assert vault.callers.all() == ()


def test_a_code_pairs_once_for_its_time_and_after_five_guesses_never(vault: Vault, clock: FixedClock) -> None:
    offered = replace(CALLER, key="")
    code = vault.callers.offer(offered, witness(vault))
    assert vault.callers.complete("WRONG-WRONG", KEY, "", "") is None
    assert vault.callers.complete(code, "no key", "", "") is None
    assert vault.callers.complete(code, KEY, "https://evil.example", "t") is None
    paired = vault.callers.complete(code.lower().replace("-", " "), KEY, "", "")
    assert paired == CALLER
    assert vault.callers.complete(code, KEY, "", "") is None
    again = replace(offered, caller_id="d" * 32, name="Another")
    code = vault.callers.offer(again, witness(vault))
    for _ in range(5):
        assert vault.callers.complete("WRONG-WRONG", KEY, "", "") is None
    assert vault.callers.complete(code, KEY, "", "") is None
    code = vault.callers.offer(again, witness(vault))
    clock.advance(301)
    assert vault.callers.complete(code, KEY, "", "") is None
    assert vault.callers.all() == (CALLER,)


def test_a_web_page_is_known_by_its_origin_and_token(vault: Vault) -> None:
    code = vault.callers.offer(PAGE, witness(vault))
    assert vault.callers.offered_origin == PAGE.origin
    paired = vault.callers.complete(code, "", PAGE.origin, "the token")
    assert paired is not None
    assert paired.token_digest == codec.digest_of_token("the token")
    assert vault.callers.all() == (paired,)


def test_an_answer_is_followed_from_the_key_of_the_pairing_through_rotations(vault: Vault) -> None:
    vault.callers.turn(47263)
    vault.callers.admit(CALLER, witness(vault))
    trusted = vault.callers.pairing_key
    assert checked(vault, trusted).verdict == "accepted"
    before = vault.callers.chain()
    vault.operators.add("leaver", Role.OPERATOR, PASSPHRASE, witness(vault), FLOOR)
    vault.operators.remove("leaver", witness(vault))
    vault.rotation.rotate(deep=True)
    assert vault.callers.port == 47263
    assert vault.callers.all() == (CALLER,)
    assert len(vault.callers.chain()) == 3
    assert checked(vault, trusted).verdict == "accepted"
    assert checked(vault, vault.callers.pairing_key).verdict == "accepted"
    with pytest.raises(AnswerNotValidError):  # the key of before answers for nobody any more
        read_answer(
            vault.callers.sign_answer({"iss": vault.identity.vault_id, **CLAIMS}), before, trusted, {}, now=1100
        )
    vault.verify()


@pytest.mark.parametrize(
    ("why", "changes"),
    [("other", {"aud": "d" * 32}), ("expired", {"exp": 1099}), ("expired", {"iat": 9000}), ("other", {"iss": "x"})],
)
def test_an_answer_for_somebody_else_or_another_time_does_not_hold(
    vault: Vault, why: str, changes: dict[str, object]
) -> None:
    vault.callers.turn(47263)
    with pytest.raises(AnswerNotValidError) as fault:
        checked(vault, vault.callers.pairing_key, **changes)
    assert fault.value.why == why


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_answer_or_chain_never_holds(at: int, bit: int) -> None:
    answer, chain, trusted = SIGNED
    changed = bytearray(answer.encode())
    changed[at % len(changed)] ^= 1 << bit
    text = changed.decode("latin-1")
    if text == answer:
        return
    try:
        told = read_answer(text, chain, trusted, {}, now=1100)
    except AnswerNotValidError:
        return
    assert told.verdict == "accepted", "only unused bits of base64 may differ"


def test_a_kill_between_opening_and_saving_leaves_an_open_request_and_saving_closes_it(
    vault: Vault, folder: Path, tmp_path: Path, clock: FixedClock
) -> None:
    vault.callers.take(taken())
    killed = tmp_path / "killed"
    shutil.copytree(folder, killed)
    person = enrolment("1001")
    vault.save(replace(person, asked_by=(CALLER.caller_id, "a" * 32)))
    vault.lock()
    before = reopened(killed, clock)
    assert [request.outcome for request in before.callers.recent_requests()] == [OPEN]
    assert before.find("1001") is None
    before.lock()
    after = reopened(folder, clock)
    (request,) = after.callers.recent_requests()
    assert (request.outcome, request.subject_id) == (ENROLLED, person.subject_id)
    after.callers.close(CALLER.caller_id, "a" * 32, "rejected")  # what is closed stays
    assert after.callers.recent_requests() == (request,)
    after.subject_rights.erase(person.subject_id, witness(after))
    (forgotten,) = after.callers.recent_requests()
    assert forgotten.subject_id == ""
    after.verify()
    after.lock()


def test_requests_without_anybody_are_forgotten_after_thirty_days(vault: Vault, clock: FixedClock) -> None:
    vault.callers.take(taken())
    clock.advance(timedelta(days=31).total_seconds())
    vault.callers.take(taken("b" * 32))
    assert [request.request_id for request in vault.callers.recent_requests()] == ["b" * 32]


def test_a_list_of_callers_comes_back_as_it_was() -> None:
    callers = (CALLER, replace(PAGE, kinds=frozenset(RequestKind), fields=frozenset(CallerField), token_digest="d"))
    assert codec.read(codec.encode_callers(callers, port=5000)) == (5000, callers)
    with pytest.raises(VaultError):
        codec.read(b"{}")


def _signed() -> tuple[str, list[str], str]:
    from mlid_desktop.vault.callers.signed_answers import ANSWER_TYPE, ANSWERS, certificate, sign
    from mlid_desktop.vault.crypto.signing import signing_key_of, verify_key_of

    control, answers = signing_key_of(bytearray(b"c" * 32)), signing_key_of(bytearray(b"a" * 32))
    chain = [certificate(control, verify_key_of(answers), ANSWERS, "v")]
    return sign(answers, ANSWER_TYPE, {"iss": "v", **CLAIMS}), chain, to_base64url(verify_key_of(control))


SIGNED = _signed()
