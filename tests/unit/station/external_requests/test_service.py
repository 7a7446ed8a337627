"""Whom a request is about, and what its caller is told, in a vault."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from mlid_desktop.client import read_answer
from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.subjects import ConsentUse, Details, Enrolment, Role, Standing, SubjectSummary, Withdrawal
from mlid_desktop.site_fields.schema import FieldSchema, Shown
from mlid_desktop.station.external_requests.answer_fields import answer_fields
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.external_requests.service import ExternalRequestService, Wanted
from mlid_desktop.station.external_requests.withdrawals import WITHDRAWALS_A_DAY, UndoReason
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.callers.caller import Caller, CallerField, RequestKind
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault, unlock_vault
from tests.calling_program import CallingProgram
from tests.doubles import FixedClock
from tests.site_schemas import clinic
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, witness

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


def admitted() -> Caller:
    return Caller(CALLER, "Clinic", ("recognition",), FixedClock().now(), key=CallingProgram(0).key)


def agreed(whom: Enrolment) -> Enrolment:
    return replace(whom, consent=replace(whom.consent, uses=(ConsentUse.ANSWERS,)))


def told(vault: Vault, answer: str) -> dict[str, object]:
    callers = vault.callers
    now = vault.time.now.timestamp()
    found = read_answer(answer, callers.chain(), callers.pairing_key, {"aud": CALLER}, now, accept_demo=True)
    return dict(found.claims)


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


def enrolled_for(vault: Vault, number: str = "1") -> SubjectSummary:
    """Somebody whom the caller had enrolled."""
    own = asked(number, RequestKind.ENROL, f"{int(number):032x}")
    service_of(vault).take_up(own)
    return vault.save(replace(agreed(enrolment(number)), asked_by=own.key))


def withdrawal(number: str, request: str) -> ExternalRequest:
    return asked(number, RequestKind.WITHDRAW, request)


def test_a_caller_has_those_alone_withdrawn_whom_it_had_enrolled(vault: Vault) -> None:
    service, own = service_of(vault), enrolled_for(vault)
    vault.save(agreed(enrolment("2")))
    strangers = replace(withdrawal("1", "2" * 32), caller_id="d" * 32)
    for request in (withdrawal("2", "3" * 32), withdrawal("3", "4" * 32), strangers):
        assert service.withdrawals.stop(request) is None
        taken = service.take_up(request)
        assert (taken.subject, taken.is_too_many) == (None, False)
    assert told(vault, service.take_up(withdrawal("2", "5" * 32)).answer)["verdict"] == "no_answer"
    assert not service.withdrawals.waiting()
    assert all(person.standing is Standing.HELD for person in vault.directory())
    assert vault.references(own.subject_id)


def test_comparisons_stop_when_a_withdrawal_comes_in_and_go_on_when_it_is_undone(vault: Vault) -> None:
    service, person, request = service_of(vault), enrolled_for(vault), withdrawal("1", "6" * 32)
    assert service.withdrawals.stop(request) is not None
    assert service.withdrawals.stop(request) is not None, "twice is once"
    (stopped,) = vault.directory()
    assert stopped.standing is Standing.STOPPED
    assert not vault.references(person.subject_id)
    assert not service.is_covered(person.subject_id, "recognition")
    assert not vault.subject_rights.due(vault.time.now.date()), "nobody is erased by the word of a program"
    with pytest.raises(UsageError):
        vault.record_outcome(person.subject_id, accepted=True)
    (waiting,) = service.withdrawals.waiting()
    assert (waiting.subject.number, service.answer_settled(request)) == ("1", "")
    service.withdrawals.undo(stopped, UndoReason.PERSON_DISAGREES)
    assert vault.directory()[0].standing is Standing.HELD
    assert vault.references(person.subject_id)
    assert told(vault, service.answer_settled(request))["verdict"] == "not_withdrawn"
    with pytest.raises(UsageError):
        service.withdrawals.undo(stopped, UndoReason.MISTAKE)
    assert service.withdrawals.stop(request) is None, "what was answered is not done again"
    vault.verify()


def test_an_operator_confirms_a_withdrawal_by_withdrawing_consent(vault: Vault) -> None:
    service, person, request = service_of(vault), enrolled_for(vault), withdrawal("1", "6" * 32)
    vault.callers.admit(admitted(), vault.operators.confirm_second(*WITNESS))
    assert service.take_up(request).subject is not None, "opened before the window told the vault"
    vault.subject_rights.withdraw_consent(person.subject_id, Withdrawal(vault.time.now))
    assert told(vault, service.answer_settled(request))["verdict"] == "withdrawn"
    assert told(vault, service.take_up(request).answer)["verdict"] == "withdrawn"
    assert not service.withdrawals.waiting()
    facts = {entry.event: entry.facts for entry in vault.audit.entries()}
    assert {facts[event]["program"] for event in ("comparisons.stopped", "consent.withdrawn")} == {"Clinic"}
    vault.callers.revoke(CALLER)
    held = vault.subject_rights.holdings(person.subject_id, vault.operators.confirm_second(*WITNESS))
    assert {answered.caller_name for answered in held.answered} == {"Clinic"}, "a caller is named after it was revoked"


@pytest.mark.parametrize("act", ["renew", "erase"])
def test_a_person_who_agrees_again_or_is_erased_answers_the_withdrawal(vault: Vault, act: str) -> None:
    service, person, request = service_of(vault), enrolled_for(vault), withdrawal("1", "6" * 32)
    assert service.withdrawals.stop(request) is not None
    if act == "renew":
        vault.subject_rights.renew_consent(person.subject_id, agreed(enrolment("1")).consent)
    else:
        vault.subject_rights.erase(person.subject_id, vault.operators.confirm_second(*WITNESS))
    expected = "not_withdrawn" if act == "renew" else "withdrawn"
    assert told(vault, service.answer_settled(request))["verdict"] == expected
    assert not service.withdrawals.waiting()


def test_a_caller_has_so_many_withdrawals_a_day(vault: Vault) -> None:
    service = service_of(vault)
    enrolled_for(vault)
    for index in range(WITHDRAWALS_A_DAY):
        assert service.take_up(withdrawal("1", f"a{index:031x}")).subject is not None
    over = service.take_up(withdrawal("1", "e" * 32))
    assert (over.subject, over.is_too_many) == (None, True)
    assert told(vault, over.answer)["verdict"] == "too_many"
    again = service.take_up(withdrawal("1", f"a{1:031x}"))  # stopped before, and left
    assert again.subject is not None


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


def test_of_the_sites_own_fields_a_caller_is_told_what_schema_grant_and_consent_allow(vault: Vault) -> None:
    """The membership may be in answers and is masked; the date of birth may not."""
    vault.site_fields.store(clinic(), witness(vault))
    service, schema = service_of(vault), vault.site_fields.schema()
    assert [known.name for known in service.offered_fields()] == ["membership"]
    with pytest.raises(UsageError):
        service.admit(Wanted("Other", key=CallingProgram(0).key, site_fields=("born",)), witness(vault))
    granted = Wanted("Clinic", key=CallingProgram(0).key, site_fields=("membership",))
    plain = Wanted("Plain", key=CallingProgram(0).key)
    caller, other = (service.admit(wanted, witness(vault))[0] for wanted in (granted, plain))
    values = {"membership": "79927398713", "born": "1990-01-01", "plan": "gold"}
    kept = tuple((schema.by_name[name].key, value) for name, value in values.items())

    def saved(number: str, *uses: ConsentUse) -> SubjectSummary:
        made = enrolment(number)
        details = replace(made.details, fields=kept if number == "1" else ((kept[0][0], "4539578763621486"), *kept[1:]))
        return vault.save(replace(made, details=details, consent=replace(made.consent, uses=uses)))

    def fields(who: Caller, number: str, request: str) -> object:
        question = replace(asked(number, request=request * 32), caller_id=who.caller_id)
        taken = service.take_up(question)
        assert taken.subject is not None
        answer = service.answer(question, "accepted", taken.subject)
        now, callers = vault.time.now.timestamp(), vault.callers
        found = read_answer(answer, callers.chain(), callers.pairing_key, {}, now, accept_demo=True)
        assert [asdict(told) for told in found.fields] == list(found.claims.get("fields", []))
        return found.claims.get("fields")

    saved("1", ConsentUse.ANSWERS, ConsentUse.SITE_FIELDS)
    masked = {"name": "membership", "kind": "document", "value": "••••13", "masked": True}
    assert fields(caller, "1", "1") == [masked]
    assert fields(other, "1", "2") is None
    saved("2", ConsentUse.ANSWERS)
    assert fields(caller, "2", "3") is None
    person = next(person for person in vault.directory() if person.number == "1")
    assert answer_fields(service.offered_fields(), person.fields, ()) == []
    shown = replace(schema.by_name["membership"], plain=frozenset({Shown.INTERFACE}))
    vault.site_fields.store(FieldSchema(0, (shown, *schema.fields[1:])), witness(vault))
    assert fields(caller, "1", "4") == [{**masked, "value": "79927398713", "masked": False}]
    vault.site_fields.store(FieldSchema(0, schema.fields[1:]), witness(vault))
    assert fields(caller, "1", "5") is None, "a field that was dropped is told nobody"
    while vault.site_fields.erase_next():
        pass
    again = vault.site_fields.store(schema, witness(vault)).schema
    assert again.by_name["membership"].key not in caller.site_fields, "and one that comes again is another"


@pytest.mark.parametrize("happened", ["withdrawn", "erased"])
def test_what_was_decided_is_not_told_again_of_who_withdrew_or_is_gone(vault: Vault, happened: str) -> None:
    """A caller may ask for the same answer for thirty days: it is given as long as the person agrees to it."""
    service, person = service_of(vault), agreed(enrolment("1"))
    subject = vault.save(person)
    request = asked("1")
    service.take_up(request)
    service.answer(request, "accepted", subject)
    assert told(vault, service.take_up(request).answer)["verdict"] == "accepted"
    if happened == "withdrawn":
        vault.subject_rights.withdraw_consent(subject.subject_id, Withdrawal(FixedClock().now()))
    else:
        vault.subject_rights.erase(subject.subject_id, witness(vault))
    assert told(vault, service.take_up(request).answer)["verdict"] == "no_answer"
    assert not service.is_covered(subject.subject_id, "recognition")


def test_a_search_is_answered_about_nobody_who_was_erased_meanwhile(vault: Vault) -> None:
    service, subject = service_of(vault), vault.save(agreed(enrolment("1")))
    request = asked("", RequestKind.IDENTIFY)
    service.take_up(request)
    vault.subject_rights.erase(subject.subject_id, witness(vault))
    assert told(vault, service.answer_search(request, subject))["verdict"] == "no_answer"


def test_a_caller_is_told_what_is_recorded_when_it_is_answered(vault: Vault) -> None:
    """Two people may correct number and name while the check goes on."""
    told_of = frozenset({CallerField.NUMBER, CallerField.NAME})
    vault.callers.admit(replace(admitted(), fields=told_of), witness(vault))
    service, subject = service_of(vault), vault.save(agreed(enrolment("1")))
    service.take_up(asked("1"))
    vault.corrections.correct(subject.subject_id, Details("2", "Ann Other"), witness(vault))
    answer = told(vault, service.answer(asked("1"), "accepted", subject))
    assert (answer["number"], answer["name"]) == ("2", "Ann Other")
