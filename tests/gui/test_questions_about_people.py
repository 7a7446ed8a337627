"""Questions about an enrolled person: each says which person it is about, not by name alone."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from PySide6.QtWidgets import QDialog, QLabel

import mlid_desktop.gui
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.records.actions import RecordActions
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.verify.release_question import ask_release
from mlid_desktop.gui.verify.without_biometrics import ask_without_biometrics
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Notice
from tests.gui.stage import Stage
from tests.gui.steps import saved, told

NAMES_A_PERSON = re.compile(r"\b(person|subject)\.name\b")
GUI = Path(mlid_desktop.gui.__file__).parent
ASKING = {"Question": 9, "ask_second_person": 5}  # the position of the argument that says about whom


def acts_on_a_person(acts: RecordActions) -> list[Callable[[SubjectSummary], object]]:
    """Whatever of them asks about a person, of which nothing else is needed."""
    found: list[Callable[[SubjectSummary], object]] = []
    for name, act in inspect.getmembers(acts, inspect.ismethod):
        first = next(iter(inspect.signature(act).parameters.values()), None)
        if name.startswith("ask_") and first is not None and first.annotation == SubjectSummary.__name__:
            found.append(act)
    return found


def test_each_question_about_a_record_names_number_and_enrolment(demo: Stage) -> None:
    saved(demo)
    shown: list[tuple[str, set[str]]] = []

    def look(dialog: QDialog) -> int:
        shown.append((dialog.windowTitle(), {label.text() for label in dialog.findChildren(QLabel)}))
        return QDialog.DialogCode.Rejected

    person = demo.workspace.unlocked.people[0]
    telling, besides = about_person(person, demo.workspace.language)
    with patch.object(QDialog, "exec", look):
        made = RecordActions(demo.window, demo.workspace, Notice(demo.theme))
        acts = acts_on_a_person(made)
        for act in acts:
            act(person)
        demo.until(lambda: len(shown) == len(acts))
        for ask in (ask_without_biometrics, ask_release):
            ask(demo.window, demo.workspace, person)
    assert len(acts) >= 9
    assert not [title for title, labels in shown if not {telling, besides} <= labels]
    assert "1001" in telling
    assert demo.workspace.language.date(person.enrolled_at) in besides


def test_what_tells_two_of_one_name_apart_is_read_aloud_with_the_question(demo: Stage) -> None:
    about = "No. 1001", "enrolled 30 Nov 2026"
    question = Question(demo.window, demo.theme, "Erase?", "It is gone then.", "Cancel", "Erase", about=about)
    assert question.accessibleDescription() == "No. 1001 · enrolled 30 Nov 2026\nIt is gone then."


def asking_calls(source: Path) -> Iterator[tuple[ast.Call, int]]:
    """Where a function that says an enrolled person's name asks a question, and the position at which it may say about
    whom."""
    for function in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef) or not NAMES_A_PERSON.search(ast.unparse(function)):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ASKING:
                yield call, ASKING[call.func.id]


@pytest.mark.parametrize("source", sorted(GUI.rglob("*.py")), ids=lambda path: path.relative_to(GUI).as_posix())
def test_a_question_that_names_a_person_says_which(source: Path) -> None:
    silent = [
        call.lineno
        for call, position in asking_calls(source)
        if len(call.args) < position and "about" not in {keyword.arg for keyword in call.keywords}
    ]
    assert not silent


@pytest.mark.parametrize("two", [True, False])
def test_a_withdrawal_says_what_follows_now_and_next(demo: Stage, two: bool) -> None:
    saved(demo)
    acts = RecordActions(demo.window, demo.workspace, Notice(demo.theme))
    said: list[str] = []

    def ask(question: Question) -> bool:
        said.append(told(question))
        return False

    acts.ask = ask
    administration = type(demo.workspace.unlocked.session.administration)
    with patch.object(administration, "second_needed", lambda *_, **__: two):
        acts.ask_withdraw(demo.workspace.unlocked.people[0])
        demo.until(lambda: bool(said))
    assert "Now Nothing about this person is compared any more." in said[0]
    assert ("Next You erase the record with a second person, today." in said[0]) is two
    assert "Until then Home reminds you." in said[0]
    assert "No reason is needed, and no second person." in said[0]
