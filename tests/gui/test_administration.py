"""Administration and the transparency page, through the real window and a real vault."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.gui.administration.content import PURPOSES, USUAL_ACTS
from mlid_desktop.gui.administration.desk_report import DeskReport
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import GROUPS, OFFERED, Section, Task, offered_tasks
from mlid_desktop.gui.administration.section.policy_presenter import rule_table, stranger_table
from mlid_desktop.gui.page.help_presenter import STEPS
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.controls import Choice
from mlid_desktop.gui.widgets.dialogs import OptionList, Question
from mlid_desktop.gui.widgets.fitting_area import FittingArea
from mlid_desktop.gui.window.help_window import HelpWindow
from mlid_desktop.station.documents.measured_accuracy import read_fusion_figures
from mlid_desktop.station.installation.components import described_system
from mlid_desktop.vault.audit.checkpoints import checkpoint_bytes
from tests.gui.stage import FIRST, PASSPHRASE, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import words
from tests.makers import ROOT, policy

OLGAS = "olga's own long passphrase"


def page(stage: Stage, section: Section) -> AdministrationPage:
    stage.window.go(PageName.ADMINISTRATION)
    view = stage.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    view.choose(section)
    stage.settle()
    return view


def filled(*texts: str, choice: int | None = None) -> Callable[[Question], bool]:
    """Answers a question by filling its fields in order."""

    def answer(question: Question) -> bool:
        for field, text in zip(question.findChildren(QLineEdit), texts, strict=True):
            field.setText(text)
        if choice is not None:
            question.findChildren(Choice)[0].setCurrentIndex(choice)
        return True

    return answer


def entries(view: AdministrationPage) -> list[str]:
    """The lines of the audit's table that are shown, as text."""
    table = view.audit_table
    cells = [[table.item(line, column) for column in range(table.columnCount())] for line in range(table.rowCount())]
    return [" | ".join(cell.text() for cell in line if cell is not None) for line in cells if table.isVisible()]


def done(stage: Stage, view: AdministrationPage, task: Task, said: str) -> None:
    view.tasks.do(task)
    stage.until(lambda: said in view.notice.text)


def press_in_row_of(stage: Stage, view: AdministrationPage, name: str, task: Task) -> None:
    """Presses the button on somebody in the row that names them."""

    def found() -> list[QPushButton]:
        named = [each for each in view.findChildren(QPushButton) if each.accessibleName().endswith(f"· {name}")]
        return [each for each in named if each.isVisible() and each.property("task") == task.value]

    stage.until(lambda: len(found()) == 1)
    found()[0].click()


def admit_olga(stage: Stage) -> AdministrationPage:
    view = page(stage, Section.PEOPLE)
    view.tasks.ask = filled("olga", OLGAS, OLGAS, choice=2)
    done(stage, view, Task.ADMIT, "olga opens this vault")
    return view


def test_people_are_admitted_and_taken_out(demo: Stage) -> None:
    view = admit_olga(demo)
    assert {operator.name: operator.role for operator in demo.vault.operators.all()}["olga"] is list(Role)[1]
    view.tasks.ask = filled("a new long passphrase", "a new long passphrase")
    press_in_row_of(demo, view, "olga", Task.RESET)
    demo.until(lambda: "olga has a new passphrase" in view.notice.text)
    view.tasks.ask = lambda _question: True
    press_in_row_of(demo, view, "olga", Task.DISMISS)
    demo.until(lambda: "Removed olga" in view.notice.text)
    demo.until(lambda: "olga" not in words(view).replace("Removed olga", ""))


def test_a_passphrase_is_changed_and_a_mistyped_one_is_not(demo: Stage) -> None:
    view = page(demo, Section.PEOPLE)
    seen: list[tuple[bool, str]] = []

    def mistyped(question: Question) -> bool:
        filled(PASSPHRASE, "another long sentence", "another long sentense")(question)
        seen.append((question.do.isEnabled(), question.notice.text))
        return True

    view.tasks.ask = mistyped
    view.tasks.do(Task.CHANGE_OWN)
    assert seen == [(False, "The two passphrases differ. Type them again.")]
    view.tasks.ask = filled(PASSPHRASE, "another long sentence", "another long sentence")
    done(demo, view, Task.CHANGE_OWN, "The passphrase was changed")


def test_the_policy_is_shown_in_words_and_changed_by_two(demo: Stage) -> None:
    admit_olga(demo)
    view = page(demo, Section.POLICY)
    demo.until(lambda: "A stranger passes" in words(view))

    def strict(question: Question) -> bool:
        (policies,) = question.findChildren(OptionList)
        assert not question.do.isEnabled(), "nothing is chosen by oversight"
        policies.choose("strict")
        return question.do.isEnabled()

    view.tasks.ask = strict
    view.tasks.ask_second = lambda *_: None
    view.tasks.do(Task.CHANGE_POLICY)
    assert "From the next unlock on" not in view.notice.text
    view.tasks.ask_second = lambda *_: ("olga", OLGAS)  # who was admitted by this person a moment ago
    done(demo, view, Task.CHANGE_POLICY, "For a day you count as one person")
    view.tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    done(demo, view, Task.CHANGE_POLICY, "policy strict")


def test_the_audit_is_read_checked_reported_and_exported(known: Stage, tmp_path: Path) -> None:
    view = page(known, Section.AUDIT)
    known.until(lambda: any("A person was enrolled" in line for line in entries(view)))
    assert not any("enrolment.saved" in line for line in entries(view))
    assert any("An unfinished enrolment was kept" in line and " times | " in line for line in entries(view))
    newest, *earlier = (int(line.split(" | ")[-1].split("–")[-1]) for line in entries(view))
    assert all(newest > number for number in earlier)
    assert view.audit_table.y() <= view.audit_filter.geometry().bottom() + 1 + known.theme.space("snug")
    view.audit_filter.codes.setChecked(True)
    known.until(lambda: any("enrolment.saved" in line for line in entries(view)))
    assert any("A person was enrolled" in line and "Maria" in line for line in entries(view)), "for who may read people"
    done(known, view, Task.CHECK_AUDIT, "The audit is whole")
    view.tasks.choose_file = lambda _title, name: str(tmp_path / name)
    done(known, view, Task.DAY_REPORT, "Written to")
    done(known, view, Task.EXPORT_AUDIT, "audit.jsonl")
    assert list(tmp_path.glob("report-*.pdf"))


def test_entries_of_the_audit_are_chosen_by_who_did_them_what_was_done_and_the_day(known: Stage) -> None:
    view = page(known, Section.AUDIT)
    known.until(lambda: view.audit_filter.act.count() > 1)
    assert [view.audit_filter.by.itemData(index) for index in range(view.audit_filter.by.count())] == [None, FIRST]
    view.audit_filter.act.setCurrentIndex(view.audit_filter.act.findData("vault.unlocked"))
    known.until(lambda: {line.split(" | ")[1] for line in entries(view)} == {"The vault was unlocked"})
    view.audit_filter.act.setCurrentIndex(0)
    view.audit_filter.day.setCurrentIndex(1)
    known.until(lambda: any("A person was enrolled" in line and f" | {FIRST} | " in line for line in entries(view)))
    page(known, Section.VAULT)
    assert not view.audit_filter.isVisible()
    assert not view.audit_table.isVisible()


def test_a_backup_is_made_and_checked_to_the_last_byte(demo: Stage, tmp_path: Path) -> None:
    view = page(demo, Section.BACKUPS)
    demo.until(lambda: "No backup of this vault was made yet" in words(view))
    view.tasks.choose_folder = lambda _: str(tmp_path)
    done(demo, view, Task.BACK_UP, "Wrote a backup")
    (made,) = tmp_path.glob("mlid-backup-*")
    view.tasks.choose_folder = lambda _: str(made)
    view.tasks.ask = filled("A. Clerk", PASSPHRASE)
    done(demo, view, Task.CHECK_BACKUP, "The backup is whole")
    bulk = made / "bulk.mlid"
    content = bytearray(bulk.read_bytes())
    content[len(content) // 2] ^= 1
    bulk.write_bytes(bytes(content))
    done(demo, view, Task.CHECK_BACKUP, "damaged")


def test_a_backup_that_was_destroyed_is_struck_off_the_list(demo: Stage, tmp_path: Path) -> None:
    view = page(demo, Section.BACKUPS)
    done(demo, view, Task.FORGET_BACKUP, "None was made yet")
    view.tasks.choose_folder = lambda _: str(tmp_path)
    done(demo, view, Task.BACK_UP, "Wrote a backup")
    (made,) = tmp_path.glob("mlid-backup-*")
    demo.until(lambda: str(made) in words(view))
    shutil.rmtree(made)
    view.tasks.ask = lambda question: str(made) in question.findChildren(Choice)[0].itemText(0)
    done(demo, view, Task.FORGET_BACKUP, "taken off the list")
    demo.until(lambda: "No backup of this vault was made yet" in words(view))


def test_the_erasures_of_a_later_day_are_repeated_by_two(demo: Stage, tmp_path: Path) -> None:
    admit_olga(demo)
    view, ledger = page(demo, Section.BACKUPS), tmp_path / "erasures.json"
    view.tasks.choose_file = lambda _title, _name: str(ledger)
    done(demo, view, Task.SAVE_LEDGER, "Written to")
    view.tasks.choose_existing = lambda _: str(ledger)
    view.tasks.ask_second = lambda _title, _why: (SECOND, SECOND_PASSPHRASE)
    done(demo, view, Task.REPLAY_LEDGER, "0 people were erased again")
    ledger.write_text("nothing of the kind")
    done(demo, view, Task.REPLAY_LEDGER, "damaged")


def test_the_audit_is_compared_with_a_checkpoint_kept_outside(demo: Stage, tmp_path: Path) -> None:
    view, outside = page(demo, Section.AUDIT), tmp_path / "checkpoint"
    demo.until(lambda: "Not signed yet" in words(view))
    signed = demo.workspace.vault_worker.submit(demo.vault.audit.sign_checkpoint).result()
    outside.write_bytes(checkpoint_bytes(signed) + b"\n")
    view.tasks.choose_existing = lambda _: str(outside)
    done(demo, view, Task.COMPARE_CHECKPOINT, f"signed at entry {signed.sequence}")
    view = page(demo, Section.AUDIT)
    demo.until(lambda: f"entry {signed.sequence}, " in words(view))
    outside.write_bytes(checkpoint_bytes(replace(signed, link=bytes(32))))
    done(demo, view, Task.COMPARE_CHECKPOINT, "checkpoint")
    assert "agrees" not in view.notice.text


def test_the_vault_is_read_whole_and_its_keys_are_changed(demo: Stage, tmp_path: Path) -> None:
    view = page(demo, Section.VAULT)
    demo.until(lambda: "Checked last: never" in words(view))
    done(demo, view, Task.CHECK_VAULT, "The vault is whole")
    demo.until(lambda: "Found whole on " in words(view))
    view.tasks.ask = lambda _: True
    done(demo, view, Task.ROTATE, "The keys were changed")
    view.tasks.choose_file = lambda _title, name: str(tmp_path / name)
    done(demo, view, Task.STATISTICS, "Written to")


def test_models_and_libraries_are_named(demo: Stage) -> None:
    view = page(demo, Section.MODELS)
    demo.until(lambda: "Compares faces" in words(view))
    view = page(demo, Section.ABOUT)
    demo.until(lambda: "onnxruntime" in words(view))
    assert described_system() in words(view)


def test_the_desk_is_tested_and_the_report_is_read_before_it_is_saved(demo: Stage, tmp_path: Path) -> None:
    view, shown = page(demo, Section.ABOUT), list[DeskReport]()
    view.tasks.show_report = shown.append
    view.tasks.do(Task.TEST_DESK)
    demo.until(lambda: bool(shown))
    view.tasks.choose_file = lambda _title, _name: str(tmp_path / "desk.txt")
    next(button for button in shown[0].findChildren(QPushButton) if button.text() == "Save …").click()
    demo.until(lambda: "Written to" in view.notice.text)
    saved = (tmp_path / "desk.txt").read_text().replace("\xa0", " ")  # as Qt hands text out
    assert saved == shown[0].report.toPlainText()


@pytest.mark.parametrize(
    ("role", "section", "actions"),
    [
        (Role.OPERATOR, Section.PEOPLE, (Task.CHANGE_OWN,)),
        (Role.OPERATOR, Section.POLICY, ()),
        (Role.OPERATOR, Section.AUDIT, (Task.CHECK_AUDIT, Task.COMPARE_CHECKPOINT)),
        (Role.AUDITOR, Section.AUDIT, (Task.CHECK_AUDIT, Task.COMPARE_CHECKPOINT, Task.EXPORT_AUDIT)),
        (Role.AUDITOR, Section.BACKUPS, ()),
        (Role.SUPERVISOR, Section.BACKUPS, OFFERED[Section.BACKUPS]),
    ],
)
def test_what_a_role_may_not_do_is_not_offered(role: Role, section: Section, actions: tuple[Task, ...]) -> None:
    assert offered_tasks(section, Operator("somebody", role)) == actions


def test_the_policy_section_tells_what_both_rules_do_as_the_documents_have_it(demo: Stage) -> None:
    figures = read_fusion_figures(ROOT / "resources")
    measured = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    language = demo.workspace.language
    strangers = {row[0].words: row[1].words for row in stranger_table(policy(), language).rows}
    assert "1 in 1,000,000" in strangers["Face and finger together"]
    together, apart = rule_table(policy(), figures, language).rows
    for row, rule in ((together, figures.fused), (apart, figures.each)):
        assert f"{rule.refused:g} % refused" in measured
        assert f"{rule.own_and_strangers:g} %" in measured
        assert row[1].words == f"{rule.refused:g} of 100"
        assert row[2].words == f"{rule.own_and_strangers:g} of 100"
    assert (together[0].note, apart[0].note) == ("in force", "")
    strict = policy("strict")
    assert [row[0].note for row in rule_table(strict, figures, language).rows] == ["", "in force"]
    assert "Face and finger together" not in {row[0].words for row in stranger_table(strict, language).rows}


def test_both_are_reached_from_the_home_page(demo: Stage) -> None:
    names = {button.text() for button in demo.window.findChildren(QPushButton) if button.isVisible()}
    assert {"Administration", "How good is this?"} <= names


@pytest.mark.parametrize("page_name", list(PageName))
def test_every_page_has_help_and_every_key_is_listed(demo: Stage, page_name: PageName) -> None:
    demo.window.go(page_name)
    demo.window._controller.help_keys["F1"]()
    (shown,) = [window for window in demo.window.findChildren(HelpWindow) if window.isVisible()]
    told = {label.text() for label in shown.findChildren(QLabel)}
    assert set(STEPS[page_name]) <= told
    assert told.isdisjoint({"Enter", "Esc", "Ctrl+L", "Ctrl+/"}), "what works on every page stands with all keys"
    assert ("X" in told) is (page_name is PageName.ENROL), "only what works on the page"
    shown.close()
    shown.deleteLater()
    demo.settle()
    demo.window._controller.help_keys["Ctrl+/"]()
    (shown,) = [window for window in demo.window.findChildren(HelpWindow) if window.isVisible()]
    every = [label for label in shown.findChildren(QLabel) if label.isVisible()]
    assert {"Enter", "Esc", "F2", "Ctrl+L", "Ctrl+/", "Ctrl+R", "Space", "X", "P"} <= {label.text() for label in every}
    assert all(not label.visibleRegion().isEmpty() for label in every), "they are in sight, not scrolled away"
    shown.close()
    shown.deleteLater()


def test_help_for_the_page_is_a_button_that_is_seen(demo: Stage) -> None:
    demo.window.go(PageName.RECORDS)
    (button,) = [each for each in demo.window.findChildren(QPushButton) if each.accessibleName() == "Help"]
    assert button.isVisible()
    assert button.toolTip() == "Help · F1"
    button.click()
    (shown,) = [window for window in demo.window.findChildren(HelpWindow) if window.isVisible()]
    assert STEPS[PageName.RECORDS][0] in words(shown)
    shown.close()
    shown.deleteLater()


def test_what_is_searched_for_is_opened_by_enter(demo: Stage) -> None:
    demo.window.go(PageName.ADMINISTRATION)
    view = demo.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    demo.type(view.search, "recovery")
    assert not view.buttons[Section.AUDIT].isVisible()
    assert view.buttons[Section.PEOPLE].isVisible()
    demo.press(Qt.Key.Key_Return)
    assert view.section is Section.PEOPLE
    assert view.buttons[Section.AUDIT].isVisible()


def test_every_action_says_what_it_is_for() -> None:
    assert set(PURPOSES) == set(Task)
    assert all(PURPOSES.values())
    assert set(USUAL_ACTS) == set(Section) - {Section.ABOUT}


def test_a_button_of_an_action_is_heard_with_what_it_is_for(demo: Stage) -> None:
    view = page(demo, Section.VAULT)
    heard = {str(button.property("task")): button.accessibleDescription() for button in view.findChildren(QPushButton)}
    for task in OFFERED[Section.VAULT]:
        assert heard[task.value] == PURPOSES[task]


def test_every_section_stands_once_under_the_head_of_its_group(demo: Stage) -> None:
    listed = [section for _, sections in GROUPS for section in sections]
    assert listed == list(Section)
    view = page(demo, Section.VAULT)
    heads = [head.accessibleName() for head in view.heads]
    assert heads == [group for group, _ in GROUPS]
    assert all(head.focusPolicy() is Qt.FocusPolicy.NoFocus for head in view.heads)
    for group, sections in GROUPS:
        assert all(view.buttons[section].accessibleDescription() == group for section in sections)
    demo.type(view.search, "recovery")
    assert [head.isVisible() for head in view.heads] == [True, False, True, False]  # backups open by it, too
    view.search.clear()


@pytest.mark.parametrize("size", [(1024, 768), (1280, 720)])
def test_no_section_is_scrolled_to_in_a_usual_window(demo: Stage, size: tuple[int, int]) -> None:
    demo.window.resize(*size)
    view = page(demo, Section.ABOUT)
    demo.settle()
    (names,) = [area for area in view.findChildren(FittingArea) if area.isAncestorOf(view.buttons[Section.ABOUT])][-1:]
    assert names.verticalScrollBar().maximum() == 0
    assert names.horizontalScrollBar().maximum() == 0
