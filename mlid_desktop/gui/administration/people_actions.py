"""What is done under administration about people with access: admitted, reset, taken out, their passphrases and the
recovery code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import Role
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.vault_admin import is_same_code, new_code
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import ROLES

if TYPE_CHECKING:
    from mlid_desktop.gui.page.second_person import Confirm
    from mlid_desktop.gui.state.workspace import Workspace
    from mlid_desktop.gui.widgets.controls import Choice
    from mlid_desktop.gui.widgets.dialogs import Fields, Question


class ActionHost(Protocol):
    """What the page's other actions offer: questions shown, sentences said, tasks run, alone and by two."""

    ask: Callable[[Question], bool]
    ask_second: Callable[[str, str], tuple[str, str] | None]

    @property
    def workspace(self) -> Workspace:
        """The workspace of the window: the station and the vault that is open."""
        ...

    def question(self, title: str, why: str, do: str, *, danger: bool = False) -> Question:
        """A question in front of the page."""
        ...

    def ask_new_passphrase(
        self,
        question: Question,
        names: tuple[str, str],
        before: Fields = (),
        choice: Choice | None = None,
        needed: Fields = (),
    ) -> str | None:
        """Asks the question with a new passphrase in it; None where it was left."""
        ...

    def ask_from_paper(self, question: Question, code: str, is_same: Callable[[str, str], bool]) -> str | None:
        """Asks the question with a code in it, which is written down and typed from the paper; None where it was
        left."""
        ...

    def say(self, words: str, tone: Tone) -> None:
        """A sentence under the section."""
        ...

    def refused(self, fault: MlidError) -> None:
        """Shows the fault for which a task was refused."""
        ...

    def run(self, task: Callable[[], str]) -> None:
        """Runs a task on the vault thread and says what it hands back."""
        ...

    def run_by_two(
        self,
        act: Act,
        title: str,
        task: Callable[[Confirm], str],
        *,
        why: str = "",
        leaving: str = "",
        policy: bytes | None = None,
    ) -> None:
        """Runs a task on the vault thread once a second person confirmed it, where one has to."""
        ...


class PeopleActions:
    """``ways`` has the method for each task, ``ways_about`` for each on somebody who is named."""

    def __init__(self, host: ActionHost) -> None:
        self._host = host
        self.ways_about: Mapping[Task, Callable[[str], None]] = {Task.RESET: self._reset, Task.DISMISS: self._dismiss}
        self.ways: Mapping[Task, Callable[[], None]] = {
            Task.ADMIT: self._admit,
            Task.CHANGE_OWN: self._change_passphrase,
            Task.RECOVERY_CODE: self._recovery_code,
        }

    def _text(self, message: str, **blanks: object) -> str:
        return self._host.workspace.language.text(message, **blanks)

    def admit_supervisor(self) -> None:
        """For acts of two people: whoever is admitted is a supervisor, and nothing else can be chosen."""
        self._admit(Role.SUPERVISOR)

    def _admit(self, role: Role | None = None) -> None:
        text = self._text
        title = _("Admit somebody") if role is None else _("Admit a second supervisor")
        question = self._host.question(title, _("They get a passphrase of their own, typed by themselves."), _("Admit"))
        administration = self._host.workspace.unlocked.session.administration
        name = question.add_field(text("Name"))
        offered = [(text("Choose …"), ""), *((text(ROLES[each]), each.value) for each in Role)]  # nobody by oversight
        roles = question.add_choice(text("Role"), offered) if role is None else None
        names = text("Passphrase"), text("Passphrase again")
        secret = self._host.ask_new_passphrase(question, names, choice=roles, needed=(name,))
        chosen = role or (roles.currentData() if roles is not None else "")
        if secret is None or not chosen:
            return
        said, given = name.text().strip(), Role(chosen)

        def admit(confirm: Confirm) -> str:
            administration.add_operator(said, given, secret, confirm())
            return text("{name} opens this vault from now on.", name=said)

        self._host.run_by_two(Act.ADMIT_OPERATOR, text("Admit {name}?", name=said), admit)

    def _reset(self, name: str) -> None:
        """For somebody who forgot their passphrase."""
        text, session = self._text, self._host.workspace.unlocked.session
        why = _("Let them type it. For 24 hours the two of you cannot confirm each other's acts.")
        question = self._host.question(text("Give {name} a new passphrase?", name=name), why, _("Set the passphrase"))
        secret = self._host.ask_new_passphrase(question, (text("New passphrase"), text("New passphrase again")))
        if secret is None:
            return

        def reset(confirm: Confirm) -> str:
            session.administration.reset_operator(name, secret, confirm())
            return text("{name} has a new passphrase.", name=name)

        self._host.run_by_two(Act.RESET_OPERATOR, text("Give {name} a new passphrase?", name=name), reset)

    def _dismiss(self, name: str) -> None:
        text, session = self._text, self._host.workspace.unlocked.session
        why = _(
            "Their passphrase opens nothing any more, and every key is replaced. A third person confirms it, where "
            "there is one."
        )
        title, do = text("Remove {name}?", name=name), text("Remove {name} …", name=name)
        if not self._host.ask(self._host.question(title, why, do, danger=True)):
            return

        def dismiss(confirm: Confirm) -> str:
            session.administration.remove_operator(name, confirm())
            return text("Removed {name}.", name=name)

        self._host.run_by_two(Act.REMOVE_OPERATOR, title, dismiss, leaving=name)

    def _change_passphrase(self) -> None:
        text = self._text
        question = self._host.question(_("Change my passphrase"), _("The others keep theirs."), _("Change"))
        present = question.add_field(text("Present passphrase"), secret=True)
        names = text("New passphrase"), text("New passphrase again")
        after = self._host.ask_new_passphrase(question, names, (present,), needed=(present,))
        if after is None:
            return
        before = present.text()
        administration = self._host.workspace.unlocked.session.administration

        def change() -> str:
            administration.change_passphrase(before, after)
            return text("The passphrase was changed.")

        self._host.run(change)

    def _recovery_code(self) -> None:
        """Shown once, and typed from the paper before it counts."""
        text, code = self._text, new_code()
        administration = self._host.workspace.unlocked.session.administration
        why = _("For the day when every passphrase is forgotten. Write it down now: it is not shown again.")
        question = self._host.question(_("Recovery code"), why, _("Use this code"))
        typed = self._host.ask_from_paper(question, code, is_same_code)
        if typed is None:
            return

        def keep(confirm: Confirm) -> str:
            administration.set_recovery_code(code, typed, confirm())
            return text("This code opens the vault from now on. Lock it away.")

        self._host.run_by_two(Act.MAKE_RECOVERY_CODE, text("Make a new recovery code?"), keep)
