"""Whom a request is about, and what its caller is told, in a vault."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.subjects import ConsentUse, Enrolment, Role
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.external_requests.service import WITHDRAWALS_A_DAY, ExternalRequestService
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.signed_answers import require_answer
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault, unlock_vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment

CALLER = "c" * 32


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    made = create_vault(
        tmp_path / "vault",
        operator_name="sup",
        passphrase=PASSPHRASE,
        demo=True,
        clock=FixedClock(),
        cost=FLOOR,
        second=SecondFounder(WITNESS[0], Role.AUDITOR, WITNESS[1]),
    )
    made.callers.turn(47263)
    yield made
    made.lock()


def service_of(vault: Vault) -> ExternalRequestService:
    from mlid_desktop.decision.policy import read_policy
    from mlid_desktop.station.configuration.resources import resource_folder

    policy = read_policy((resource_folder() / "policy" / "standard.toml").read_bytes())
    return ExternalRequestService(VaultSession(vault, policy, CalibrationSet({}), FixedClock()))


def asked(number: str, kind: RequestKind = RequestKind.VERIFY, request: str = "a" * 32) -> ExternalRequest:
    return ExternalRequest(CALLER, "Clinic", request, kind, "recognition", "digest", number, nonce="nonce")


def agreed(whom: Enrolment) -> Enrolment:
    return replace(whom, consent=replace(whom.consent, uses=(ConsentUse.ANSWERS,)))


def told(vault: Vault, answer: str) -> dict[str, object]:
    callers = vault.callers
    now = vault.time.now.timestamp()
    return require_answer(answer, callers.chain(), callers.pairing_key, audience=CALLER, now=now)


def test_only_who_agreed_to_answers_for_this_purpose_is_answered_about(vault: Vault) -> None:
    service, silent, open_one = service_of(vault), enrolment("1"), enrolment("2")
    vault.save(silent)
    vault.save(agreed(open_one))
    found = service.take_up(asked("2", request="1" * 32))
    assert found.subject is not None
    assert found.subject.number == "2"
    answers = []
    for index, number in enumerate(("1", "nobody")):
        taken = service.take_up(asked(number, request=f"{index + 2}" * 32))
        assert taken.subject is None
        answers.append(told(vault, taken.answer))
    foreign = service.take_up(replace(asked("2", request="5" * 32), purpose="marketing"))
    answers.append({**told(vault, foreign.answer), "purpose": "recognition"})
    assert all(answer["verdict"] == "no_answer" for answer in answers)
    assert len({tuple(sorted(answer)) for answer in answers}) == 1


def test_nobody_is_enrolled_for_a_request_whose_number_is_taken(vault: Vault) -> None:
    vault.save(enrolment("1"))
    taken = service_of(vault).take_up(asked("1", RequestKind.ENROL))
    assert told(vault, taken.answer)["verdict"] == "no_answer"
    assert not service_of(vault).take_up(asked("2", RequestKind.ENROL, "b" * 32)).answer


def test_a_request_that_enrolled_somebody_says_so_again_and_does_nothing(vault: Vault) -> None:
    service, request = service_of(vault), asked("1", RequestKind.ENROL)
    assert not service.take_up(request).answer
    vault.save(replace(enrolment("1"), asked_by=request.key))
    again = service.take_up(request)
    assert again.is_again
    claims = told(vault, again.answer)
    assert (claims["verdict"], claims["again"], claims["nonce"]) == ("enrolled", True, "nonce")


def test_a_caller_has_those_alone_withdrawn_whom_it_had_enrolled(vault: Vault) -> None:
    service, own, other = service_of(vault), asked("1", RequestKind.ENROL, "1" * 32), enrolment("2")
    service.take_up(own)
    vault.save(replace(agreed(enrolment("1")), asked_by=own.key))
    vault.save(agreed(other))
    strangers = replace(asked("1", RequestKind.WITHDRAW, "2" * 32), caller_id="d" * 32)
    for request in (asked("2", RequestKind.WITHDRAW, "3" * 32), asked("3", RequestKind.WITHDRAW, "4" * 32), strangers):
        taken = service.take_up(request)
        assert (taken.subject, taken.is_too_many) == (None, False)
    assert told(vault, service.take_up(asked("2", RequestKind.WITHDRAW, "5" * 32)).answer)["verdict"] == "no_answer"
    found = service.take_up(asked("1", RequestKind.WITHDRAW, "6" * 32))
    assert found.subject is not None
    assert told(vault, service.answer_withdrawn(found.request, found.subject))["verdict"] == "withdrawn"


def test_a_caller_has_so_many_withdrawals_a_day(vault: Vault) -> None:
    service, own = service_of(vault), asked("1", RequestKind.ENROL)
    service.take_up(own)
    vault.save(replace(agreed(enrolment("1")), asked_by=own.key))
    for index in range(WITHDRAWALS_A_DAY):
        assert service.take_up(asked("1", RequestKind.WITHDRAW, f"{index:032x}")).subject is not None
    over = service.take_up(asked("1", RequestKind.WITHDRAW, "e" * 32))
    assert (over.subject, over.is_too_many) == (None, True)
    assert told(vault, over.answer)["verdict"] == "too_many"
    again = service.take_up(asked("1", RequestKind.WITHDRAW, f"{1:032x}"))  # opened before, and left
    assert again.subject is not None
    assert service.take_up(asked("1", request="f" * 32)).subject is not None, "checks are not counted"


def test_an_identifier_that_was_answered_is_used_for_nothing_else(vault: Vault) -> None:
    service, own = service_of(vault), asked("1", RequestKind.ENROL)
    service.take_up(own)
    vault.save(replace(agreed(enrolment("1")), asked_by=own.key))
    with pytest.raises(UsageError):
        service.take_up(replace(asked("nobody"), digest="other"))
    (kept,) = vault.callers.about(vault.directory()[0].subject_id)
    assert (kept.request_id, kept.outcome) == (own.request_id, "enrolled")


def test_an_auditor_opens_a_vault_with_callers_and_answers_nobody(vault: Vault, tmp_path: Path) -> None:
    service_of(vault).take_up(asked("1"))
    vault.lock()
    shutil.copytree(tmp_path / "vault", tmp_path / "copy")
    auditor = unlock_vault(tmp_path / "copy", operator_name=WITNESS[0], passphrase=WITNESS[1], clock=FixedClock())
    assert service_of(auditor).access().earlier == {}
    auditor.lock()
