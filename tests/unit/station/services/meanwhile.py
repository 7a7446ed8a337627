"""What may happen to a person's record, here or at another desk, while somebody is at the desk with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Details, SubjectSummary, Withdrawal
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.request_log import STOPPED, TakenRequest
from mlid_desktop.vault.lifecycle import Vault
from tests.makers import ENROLLED
from tests.unit.vault.conftest import AGREED, enrolment, replacing

TAKEN_BACK = Withdrawal(ENROLLED + timedelta(hours=1))


def correct(vault: Vault, person: SubjectSummary) -> None:
    """Two people correct the name."""
    vault.corrections.correct(person.subject_id, Details(person.number, "Another Name"), witness(vault))


def stop(vault: Vault, person: SubjectSummary) -> None:
    """Another program says that consent is taken back."""
    request = TakenRequest("c" * 32, "a" * 32, RequestKind.WITHDRAW, "", STOPPED, ENROLLED, person.subject_id)
    vault.requested_withdrawals.stop(request)


def enrol_anew(vault: Vault, person: SubjectSummary) -> None:
    """The person is enrolled anew at another time."""
    newer = replace(enrolment(person.number), subject_id=person.subject_id, enrolled_at=ENROLLED + timedelta(days=1))
    vault.subject_rights.enrol_anew(replacing(vault, newer), witness(vault))


MEANWHILE: dict[str, Callable[[Vault, SubjectSummary], object]] = {
    "withdrawn": lambda vault, person: vault.subject_rights.withdraw_consent(person.subject_id, TAKEN_BACK),
    "stopped by a program": stop,
    "agreed again": lambda vault, person: vault.subject_rights.renew_consent(
        person.subject_id, replace(AGREED, given_at=ENROLLED + timedelta(hours=2))
    ),
    "corrected": correct,
    "enrolled anew": enrol_anew,
    "erased": lambda vault, person: vault.subject_rights.erase(person.subject_id, witness(vault)),
}


def witness(vault: Vault) -> SecondPerson:
    """Another person confirms one act."""
    return vault.operators.confirm_second("olga", "olga's own passphrase")
