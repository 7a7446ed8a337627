"""In whatever order somebody agrees, takes it back, is corrected, erased and enrolled anew, in the window and from
drafts: the last word holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.subjects import Standing, SubjectRecord
from mlid_desktop.station.external_requests.withdrawals import UndoReason
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from tests.makers import ENROLLED
from tests.unit.station.services.meanwhile import MEANWHILE, witness
from tests.unit.station.services.test_enrolment import captured, confirmed
from tests.unit.vault.conftest import AGREED, enrolment

NUMBER = "1001"


@dataclass(eq=False)
class Desk:
    """One person, and whoever is at the desk with them; beside each enrolment that is under way or lies as a draft what
    was recorded when it was begun."""

    session: StationSession
    vault: Vault
    under_way: tuple[EnrolmentSession, SubjectRecord] | None = None
    drafts: list[tuple[str, SubjectRecord]] = field(default_factory=list)
    agreed: int = 0

    def recorded(self) -> SubjectRecord | None:
        """What is recorded of whoever has the number."""
        people = self.vault.people_with(NUMBER)
        return self.vault.record(people[0].subject_id) if people else None

    def begin(self) -> None:
        """An enrolment anew: the person agrees and is captured."""
        with suppress(UsageError):
            person = self.session.subjects.by_number(NUMBER)
            begun = self.session.enrolment.begin_re_enrolment(person)
            before = self.vault.record(person.subject_id)
            self.agreed += 1  # by a clock that goes backwards
            agreed = replace(AGREED, given_at=ENROLLED - timedelta(days=self.agreed))
            self.under_way = captured(begun.advance(events.ConsentAnswered(agreed))), before

    def put_away(self) -> None:
        """It is kept as a draft."""
        if self.under_way is not None:
            with suppress(UsageError):  # there are so many
                self.drafts.append((self.session.enrolment.save_draft(self.under_way[0]), self.under_way[1]))
            self.under_way = None

    def take_up(self) -> None:
        """A draft is resumed; it stays where it is, as after a kill."""
        if self.drafts:
            draft, begun = self.drafts[-1]
            with suppress(UsageError):  # it went with the person
                self.under_way = self.session.enrolment.resume(draft), begun

    def again(self) -> None:
        """Another attempt of the same enrolment."""
        if self.under_way is not None:
            session, begun = self.under_way
            self.under_way = captured(self.session.enrolment.begin_again(session)), begun

    def save(self) -> None:
        """Two people save it: if, and only if, what is recorded is what it was when it was begun, or this very
        enrolment, whose draft a kill left."""
        if self.under_way is None:
            return
        (session, before), self.under_way = self.under_way, None
        present, stage = self.recorded(), EnrolmentStage.REVIEW
        is_there = present is not None and present.withdrawal is None and present.consent == session.consent
        may = present == before or (is_there and present is not None and present.details == session.details)
        with suppress(UsageError):
            stage = self.session.enrolment.save(confirmed(session), witness(self.vault)).stage
        assert (stage is EnrolmentStage.SAVED) is may

    def say(self, what: str) -> None:
        """The record changes, here or at another desk."""
        people = self.vault.people_with(NUMBER)
        if people:
            with suppress(UsageError):  # said before
                MEANWHILE[what](self.vault, people[0])

    def undo(self) -> None:
        """A withdrawal that a program sent is undone."""
        for person in self.vault.people_with(NUMBER):
            with suppress(UsageError):  # nothing to undo
                self.vault.requested_withdrawals.undo(person.subject_id, UndoReason.MISTAKE)

    def come_anew(self) -> None:
        """Somebody is enrolled under the number, who is somebody else to the vault."""
        if not self.vault.people_with(NUMBER):
            self.vault.save(enrolment(NUMBER))

    def look(self) -> None:
        """Who withdrew, or is said to have, is compared with nothing."""
        for person in self.vault.people_with(NUMBER):
            record = self.vault.record(person.subject_id)
            assert (person.standing is Standing.HELD) == (record.withdrawal is None)
            assert bool(self.vault.references(person.subject_id)) == (record.withdrawal is None)


ACTS: tuple[Callable[[Desk], None], ...] = (
    *[Desk.begin] * 3,
    *[Desk.save] * 4,
    Desk.put_away,
    Desk.take_up,
    Desk.take_up,
    Desk.again,
    Desk.undo,
    Desk.come_anew,
    *(lambda desk, what=what: desk.say(what) for what in MEANWHILE),
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.integers(0, len(ACTS) - 1), min_size=4, max_size=14))
def test_the_last_word_holds(session: StationSession, vault: Vault, acts: list[int]) -> None:
    desk = Desk(session, vault)
    desk.come_anew()
    for act in acts:
        ACTS[act](desk)
        desk.look()
    vault.verify()
