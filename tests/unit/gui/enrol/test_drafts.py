"""No way into an enrolment and out of it loses what was kept of another person, whatever is pressed while the vault is
still busy with what was asked before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mlid_desktop.domain.subjects import ConsentOutcome
from mlid_desktop.gui.enrol.draft import Draft
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage

AGREED = SimpleNamespace(outcome=ConsentOutcome.ACCEPTED)


@dataclass(frozen=True)
class PaperSession:
    """What a draft asks of an enrolment: whose it is, and how much was captured."""

    subject_id: str
    kept: dict[str, object] = field(default_factory=dict)
    consent: object = field(default_factory=lambda: AGREED)
    details: object = "who it is"
    exceptions: tuple[object, ...] = ()
    stage: EnrolmentStage = EnrolmentStage.CAPTURE


class PaperDesk:
    """A vault that does one thing after the other, when it is let, and a window that hears of it later still."""

    def __init__(self) -> None:
        self.drafts: dict[str, PaperSession] = {}
        self.waiting: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []
        self.answers: list[Callable[[], None]] = []
        self.unlocked = SimpleNamespace(session=SimpleNamespace(enrolment=self))
        self._made = 0

    def on_vault(self, task: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.waiting.append((task, done))

    def refresh_pending(self) -> None:
        """Nothing is shown here."""

    def work(self) -> None:
        task, done = self.waiting.pop(0)
        try:
            result = task()
        except KeyError:  # a draft that is not there any more, which the window says
            return
        self.answers.append(lambda: done(result))

    def save_draft(self, session: PaperSession, replaced: str) -> str:
        self._made += 1
        self.drafts.pop(replaced, None)
        self.drafts[str(self._made)] = session
        return str(self._made)

    def discard_draft(self, name: str) -> None:
        self.drafts.pop(name, None)

    def resume(self, name: str) -> PaperSession:
        return self.drafts[name]


class Desk(RuleBasedStateMachine):
    """Whatever the operator does: people begin, are captured, left, resumed, dropped, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = PaperDesk()
        self.draft = Draft(self.desk)  # type: ignore[arg-type] # what it asks of a workspace
        self.session: PaperSession | None = None
        self.people = 0
        self.owed: dict[str, int] = {}  # captures that must be found again, by person

    @rule()
    def begin(self) -> None:
        """F2: another person, as the page begins anew."""
        self.leave()
        self.people += 1
        self.session = PaperSession(f"person {self.people}")

    @rule()
    @precondition(lambda self: self.session is not None)
    def capture(self) -> None:
        assert self.session is not None
        self.session = replace(self.session, kept={**self.session.kept, str(len(self.session.kept)): object()})
        self.owed[self.session.subject_id] = len(self.session.kept)
        self.draft.keep(self.session)  # type: ignore[arg-type] # as above

    @rule()
    def leave(self) -> None:
        """Home, Back, a lock: kept for later."""
        self.draft.keep(self.session)  # type: ignore[arg-type] # as above
        self.draft.leave()
        self.session = None

    @rule()
    @precondition(lambda self: self.session is not None)
    def give_up(self) -> None:
        assert self.session is not None
        self.owed.pop(self.session.subject_id, None)
        self.draft.drop()
        self.draft.leave()
        self.session = None

    @rule(which=st.integers(0, 5))
    @precondition(lambda self: bool(self.desk.drafts))
    def take_up(self, which: int) -> None:
        """A draft of the home page, which lists what the vault has."""
        self.leave()
        self.draft.resume(sorted(self.desk.drafts)[which % len(self.desk.drafts)], self._resumed)  # type: ignore[arg-type]

    def _resumed(self, session: PaperSession) -> None:
        self.session = session

    @rule()
    @precondition(lambda self: bool(self.desk.waiting))
    def work(self) -> None:
        self.desk.work()

    @rule()
    @precondition(lambda self: bool(self.desk.answers))
    def hear(self) -> None:
        self.desk.answers.pop(0)()

    @invariant()
    def nothing_that_was_kept_is_lost(self) -> None:
        if self.desk.waiting:
            return
        found: dict[str, int] = {}
        for session in self.desk.drafts.values():
            assert session.subject_id not in found, "two drafts of one person"
            found[session.subject_id] = len(session.kept)
        assert {subject: found.get(subject) for subject in self.owed} == self.owed

    def teardown(self) -> None:
        """The vault gets through with everything."""
        while self.desk.waiting:
            self.desk.work()
        self.nothing_that_was_kept_is_lost()


TestDrafts = Desk.TestCase
TestDrafts.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
