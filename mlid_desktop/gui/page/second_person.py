"""Asking a second person to confirm what nobody does alone, where the vault says that it takes one now."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.gui.state.demo_people import second_person_hint
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.dialogs import About, Question
from mlid_desktop.gui.widgets.secret_help import SecretHelp

Confirm = Callable[[], SecondPerson | None]  # on the vault thread; None where the act is done alone for the time being


def with_second(
    workspace: Workspace,
    act: Act,
    ask: Callable[[], tuple[str, str] | None],
    do: Callable[[Confirm], None],
    failed: Callable[[MlidError], None],
    *,
    leaving: str = "",
    policy: bytes | None = None,
) -> None:
    """Asks the vault whether the act takes a second person now, and where it does, ``ask`` for name and passphrase;
    then ``do`` gets what proves it. Nothing is done where the question is left. ``failed`` is told where nobody can
    confirm it. ``leaving`` is who would be taken out, ``policy`` what would be stored."""
    session = workspace.unlocked.session

    def decided(needed: bool) -> None:
        asked = ask() if needed else None
        if asked is not None:
            name, passphrase = asked
            do(lambda: session.confirm_second(name, passphrase))
        elif not needed:
            do(lambda: None)

    def look() -> bool:
        return session.administration.second_needed(act, leaving=leaving, untrusted_policy=policy)

    workspace.on_vault(look, decided, failed)


def ask_second_person(
    parent: QWidget,
    workspace: Workspace,
    title: str,
    why: str,
    about: About | None = None,
    fault_text: str = "",
    *,
    do: str = "",
    ask: Callable[[Question], bool] = Question.asked,
) -> tuple[str, str] | None:
    """Asks a second person to confirm, and returns name and passphrase as they were typed, None where the question was
    left; ``fault_text`` is what went wrong before, ``about`` which person it is about, ``do`` the act itself
    in the words of a button."""
    text = workspace.language.text
    question = Question(parent, workspace.theme, title, why, text("Cancel"), do or text("Confirm"), about=about)
    name = question.add_field(text("Second person's name"))
    passphrase = question.add_field(text("Second person's passphrase"), secret=True)
    question.fields.addWidget(SecretHelp(workspace.theme, workspace.language, (passphrase,)))
    question.wait_for(workspace.language, name, passphrase)
    hint = second_person_hint(workspace.unlocked.operator.name, workspace.language)
    question.notice.say(fault_text or hint, Tone.REJECTED if fault_text else Tone.INFORMATION)
    return (name.text().strip(), passphrase.text()) if ask(question) else None
