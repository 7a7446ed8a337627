"""Requests of other programs in an unlocked vault: who may ask, whom a request is about, and the signed answers. Call
on the vault thread."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlid_desktop.domain.decisions import Decision
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act, SecondPerson, may
from mlid_desktop.domain.subjects import (
    USUAL_PURPOSE,
    ConsentUse,
    Operator,
    Role,
    SubjectSummary,
    new_identifier,
)
from mlid_desktop.site_fields.schema import Shown, SiteField
from mlid_desktop.station.external_requests.answer_fields import answer_fields
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.external_requests.request_desk import StationAccess
from mlid_desktop.station.external_requests.withdrawals import WithdrawalRequests
from mlid_desktop.station.services.redaction import decision_for
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.consent_texts import consent_texts
from mlid_desktop.vault.callers.caller import MAXIMUM_NAME, USUAL_KINDS, Caller, CallerField, RequestKind, is_origin
from mlid_desktop.vault.callers.request_log import ENROLLED, OPEN, AskedBy, TakenRequest
from mlid_desktop.vault.callers.signed_answers import LIFETIME_S

__all__ = [
    "MAXIMUM_NAME",
    "USUAL_KINDS",
    "USUAL_PORT",
    "Caller",
    "CallerField",
    "ExternalRequestService",
    "RequestKind",
    "TakenUp",
    "Wanted",
    "is_origin",
]

USUAL_PORT = 47263
NO_ANSWER = "no_answer"  # of somebody absent, withdrawn or not of this caller: the same for all
TOO_MANY = "too_many"
ABOUT_SOMEBODY = frozenset({RequestKind.VERIFY, RequestKind.IDENTIFY})  # whose answers say something of a person
TOKEN_BYTES = 32
NOBODY_IN_PARTICULAR = Operator("", Role.OPERATOR)  # what an answer tells is what every operator may see


@dataclass(frozen=True, slots=True)
class Wanted:
    """What two people admit a caller for. ``origin`` of a web page, or ``key`` of a program, where it is known;
    ``site_fields`` are names of the site's own fields that it is told."""

    name: str
    kinds: frozenset[RequestKind] = USUAL_KINDS
    purposes: tuple[str, ...] = (USUAL_PURPOSE,)
    fields: frozenset[CallerField] = frozenset()
    origin: str = ""
    key: str = ""
    site_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A request that an operator opened: ``subject`` whom it is about; ``answer`` where there is nothing to do at the
    desk, because nobody is to be answered about, the caller had its withdrawals of a day (``is_too_many``), or it was
    answered before (``is_again``)."""

    request: ExternalRequest
    subject: SubjectSummary | None = None
    answer: str = ""
    is_again: bool = False
    is_too_many: bool = False

    @property
    def asked_by(self) -> AskedBy:
        """The identifiers of the caller and its request."""
        return self.request.key


class ExternalRequestService:
    """Takes requests up and answers them, and administers callers. Each raises VaultError where the operator's role
    does not allow it."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session
        self._callers = session.vault.callers
        self.withdrawals = WithdrawalRequests(session)

    def access(self) -> StationAccess:
        """What the network thread may know of this vault."""
        identity, answers = self._session.vault.identity, may(self._session.operator, Act.COMPARE)
        recent = self._callers.recent_requests() if answers else ()  # an auditor answers nobody
        earlier = {(taken.caller_id, taken.request_id): taken for taken in recent}
        return StationAccess(
            identity.vault_id,
            identity.demo,
            self._callers.port,
            self._callers.all(),
            self._callers.pairing_key,
            self._callers.chain(),
            self._callers.offered_origin,
            earlier,
        )

    def turn(self, port: int) -> None:
        """Turns the interface on at this port of this machine, or off (0). Raises UsageError(USAGE_BAD_ARGUMENT) for no
        port."""
        if port and not 1024 <= port <= 65535:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="port")
        self._callers.turn(port)

    def callers(self) -> tuple[Caller, ...]:
        """Every caller that is admitted."""
        return self._callers.all()

    def admit(self, wanted: Wanted, second: SecondPerson | None) -> tuple[Caller, str]:
        """Admits a caller whose key or origin is known: the caller, and for a web page its token, which is nowhere
        kept. Raises UsageError(USAGE_BAD_ARGUMENT)."""
        token = secrets.token_urlsafe(TOKEN_BYTES) if wanted.origin else ""
        caller = self._caller(wanted).paired(key=wanted.key, token=token)
        self._callers.admit(caller, second)
        return caller, token

    def offer(self, wanted: Wanted, second: SecondPerson | None) -> str:
        """Admits a caller that names the code, which is given out, within five minutes. Raises as :meth:`admit`."""
        return self._callers.offer(self._caller(wanted), second)

    def complete(self, untrusted_code: str, untrusted_key: str, origin: str, token: str) -> Caller | None:
        """The caller that named the code; None where it is not the one."""
        return self._callers.complete(untrusted_code, untrusted_key, origin, token)

    def revoke(self, caller_id: str) -> None:
        """From now on this caller is nobody. Raises UsageError(USAGE_UNKNOWN_CALLER)."""
        self._callers.revoke(caller_id)

    def offered_fields(self) -> tuple[SiteField, ...]:
        """The site's own fields that answers may hold, as the schema says: whoever admits a caller chooses of them."""
        return self._session.vault.site_fields.schema().shown_in(Shown.INTERFACE)

    def purposes(self) -> tuple[str, ...]:
        """The purposes that there is a consent text for which speaks of answers to other programs."""
        found = {text.purpose for text in consent_texts() if ConsentUse.ANSWERS in text.uses}
        return tuple(sorted(found))

    def take_up(self, request: ExternalRequest) -> TakenUp:
        """Opens a request, durable when this returns: whom it is about, or the answer where the caller is told
        nothing: nobody has the number, the person withdrew, or did not agree to answers for this purpose, or somebody
        has the number of who is to be enrolled. A caller has those alone withdrawn whom it had enrolled, and so many a
        day. Raises UsageError(USAGE_BAD_ARGUMENT) where something else was answered under the same identifier."""
        before = self._callers.taken(*request.key)
        if before is not None and before.is_answered:
            if (before.digest, before.kind) != (request.digest, request.kind):
                raise UsageError(Code.USAGE_BAD_ARGUMENT, what="request")
            return TakenUp(request, answer=self.answer_again(request, before), is_again=True)
        if request.kind is RequestKind.WITHDRAW and (stopped := self.withdrawals.stop(request)) is not None:
            return TakenUp(request, stopped)
        taken = TakenRequest(*request.key, request.kind, request.digest, OPEN, self._session.now())
        self._callers.take(taken)
        if request.kind is RequestKind.IDENTIFY:
            return TakenUp(request)
        if request.kind is RequestKind.WITHDRAW:
            much = self.withdrawals.had_enough(request)
            return TakenUp(request, answer=self.answer(request, TOO_MANY if much else NO_ANSWER), is_too_many=much)
        people = self._session.people_with(request.number)
        if request.kind is RequestKind.ENROL:
            usable = not people and request.purpose == USUAL_PURPOSE
            return TakenUp(request) if usable else TakenUp(request, answer=self.answer(request, NO_ANSWER))
        subject = people[0] if len(people) == 1 and self.is_covered(people[0].subject_id, request.purpose) else None
        return TakenUp(request, subject, "" if subject is not None else self.answer(request, NO_ANSWER))

    def is_covered(self, subject_id: str, purpose: str) -> bool:
        """Whether callers of this purpose are answered about a person: by the person's consent as it stands today, and
        about nobody who is gone."""
        if not self._session.vault.people.is_enrolled(subject_id):
            return False
        record = self._session.vault.record(subject_id)
        return ConsentUse.ANSWERS in record.covers and record.consent.purpose == purpose

    def answer_check(self, request: ExternalRequest, subject: SubjectSummary, decision: Decision) -> str:
        """The answer to a verification that came to a decision: verdict, reasons, policy, and bands; never a score."""
        told = decision_for(NOBODY_IN_PARTICULAR, decision)
        more = {
            "reasons": [reason.value for reason in told.reasons],
            "policy": {"name": told.policy.name, "digest": told.policy.digest},
            "results": [
                {
                    "characteristic": str(result.characteristic),
                    "passed": result.passed,
                    "band": None if result.band is None else result.band.value,
                }
                for result in told.results
            ],
        }
        if not self.is_covered(subject.subject_id, request.purpose):  # withdrawn while the check went on
            return self.answer(request, NO_ANSWER)
        return self.answer(request, told.verdict.value, subject, more)

    def answer_search(self, request: ExternalRequest, subject: SubjectSummary | None) -> str:
        """The answer to a search: the person whom two people recognised, where the caller may be told of them."""
        known = subject is not None and self.is_covered(subject.subject_id, request.purpose)
        return self.answer(request, "found", subject) if known else self.answer(request, NO_ANSWER)

    def answer_enrolled(self, request: ExternalRequest, subject_id: str) -> str:
        """The answer to an enrolment that was saved."""
        people = [person for person in self._session.vault.directory() if person.subject_id == subject_id]
        return self.answer(request, ENROLLED, people[0] if people else None)

    def answer_settled(self, request: ExternalRequest) -> str:
        """The answer to a withdrawal that an operator confirmed with the person or undid; empty where nobody did."""
        taken = self._callers.taken(*request.key)
        return self._signed(request, taken.outcome, {}) if taken is not None and taken.is_answered else ""

    def answer_again(self, request: ExternalRequest, taken: TakenRequest) -> str:
        """The answer to a request that was answered before this program was started: what it came to, once more, as
        long as the person is there and agrees that this caller is answered about them."""
        outcome = taken.outcome
        if request.kind in ABOUT_SOMEBODY and not self.is_covered(taken.subject_id, request.purpose):
            outcome = outcome if outcome == TOO_MANY else NO_ANSWER
        return self._signed(request, outcome, {"again": True})

    def answer(
        self,
        request: ExternalRequest,
        outcome: str,
        subject: SubjectSummary | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> str:
        """Keeps what a request has come to, and signs it, with the fields that the caller may have of the person."""
        self._callers.close(*request.key, outcome, "" if subject is None else subject.subject_id)
        return self._signed(request, outcome, {**(more or {}), **self._fields(request.caller_id, subject)})

    def _signed(self, request: ExternalRequest, outcome: str, more: Mapping[str, Any]) -> str:
        issued = int(self._session.now().timestamp())
        claims = {
            "iss": self._session.vault.identity.vault_id,
            "aud": request.caller_id,
            "iat": issued,
            "exp": issued + LIFETIME_S,
            "nonce": request.nonce,
            "request": request.request_id,
            "digest": request.digest,
            "kind": request.kind.value,
            "purpose": request.purpose,
            "demo": self._session.demo,
            "verdict": outcome,
            **more,
        }
        return self._callers.sign_answer(claims)

    def _fields(self, caller_id: str, subject: SubjectSummary | None) -> dict[str, Any]:
        caller = next((known for known in self._callers.all() if known.caller_id == caller_id), None)
        if subject is None or caller is None:
            return {}
        subject = self._session.present(subject.subject_id)  # corrected, perhaps, since the request was opened
        told: dict[str, Any] = {}
        if CallerField.NUMBER in caller.fields:
            told["number"] = subject.number
        if CallerField.NAME in caller.fields:
            told["name"] = subject.name
        agreed = {ConsentUse.SITE_FIELDS, ConsentUse.ANSWERS} <= self._session.vault.record(subject.subject_id).covers
        own = answer_fields(self.offered_fields(), subject.fields, caller.site_fields) if agreed else []
        return {**told, "fields": own} if own else told

    def _caller(self, wanted: Wanted) -> Caller:
        unknown = set(wanted.purposes) - set(self.purposes())
        if unknown or not wanted.purposes:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="purpose")
        return Caller(
            new_identifier(),
            wanted.name.strip(),
            wanted.purposes,
            self._session.now(),
            wanted.kinds,
            wanted.fields,
            origin=wanted.origin,
            site_fields=self._field_keys(wanted.site_fields),
        )

    def _field_keys(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The keys of fields: one that is dropped and comes again under its name is another, and is not told."""
        offered = {known.name: known.key for known in self.offered_fields()}
        if not set(names) <= offered.keys():
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="field")
        return tuple(offered[name] for name in dict.fromkeys(names))
