"""A desk of a register in the real window: whom another desk enrols is there, and the bar says how the desk stands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import Standing
from mlid_desktop.gui.administration.desks.making_dialog import MakingDialog
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.unlock.join_page import JoinDialog
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.window.top_bar import DeviceStrip, RegisterBar
from mlid_desktop.station.administration.register.joining import JoinRequest
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import answering, buttons, records, told, words
from tests.postgres import Cluster
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, witness
from tests.unit.vault.register.conftest import (
    ANYBODY,
    NOBODY,
    PEOPLE,
    Desks,
    as_the_program_before,
    code_of,
    desks,
    desks_before,
    founded,
    founded_before,
    joining_role,
    server,
    subject,
)

__all__ = ["desks", "desks_before", "founded", "founded_before", "joining_role", "server"]
IN_STEP = "Register: this desk is in step"
LET_GO = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'mlid_desk_%' AND datname = '{}'"


def bar(stage: Stage) -> RegisterBar:
    return stage.window.findChildren(RegisterBar)[-1]


def lamps(stage: Stage) -> list[str]:
    (strip,) = stage.window.findChildren(DeviceStrip)
    return [lamp.accessibleName() for lamp in strip.findChildren(QWidget) if lamp.isVisible()]


def numbers(stage: Stage) -> set[str]:
    return {person.number for person in stage.workspace.unlocked.people}


def test_a_desk_that_joined_follows_behind_the_window(stage: Stage, desks: Desks) -> None:
    desks.reading.lock()
    shutil.copytree(desks.home / "reading", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    assert numbers(stage) == set(PEOPLE)
    assert bar(stage).isHidden()
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    stage.until(lambda: numbers(stage) == {*PEOPLE, "9"})

    stage.window.go(PageName.ADMINISTRATION)
    view = stage.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.choose(Section.DESKS)
    stage.until(lambda: "Front desk" in words(view))
    assert "this desk · in step" in words(view)
    assert "Front desk. Operators, policy, the site's fields, keys, backups and desks are looked after there." in words(
        view
    )
    stage.until(lambda: Task.BRING_IN_STEP.value in tasks_of(view))
    assert not {Task.ADMIT_DESK.value, Task.REMOVE_DESK.value} & set(tasks_of(view))
    view.tasks.do(Task.CHECK_REGISTER)
    stage.until(lambda: "The register is whole: 16 items" in view.notice.text)

    desks.sql(f"ALTER DATABASE {desks.database} CONNECTION LIMIT 0")
    desks.sql(LET_GO.format(desks.database))
    stage.until(lambda: bar(stage).isVisible())
    assert "whoever is enrolled is saved once it is back" in bar(stage).text.text()
    assert IN_STEP not in lamps(stage)
    desks.sql(f"ALTER DATABASE {desks.database} CONNECTION LIMIT -1")
    stage.until(lambda: bar(stage).isHidden() and IN_STEP in lamps(stage))
    stage.window.lock()
    stage.settle()
    assert stage.window._controller.following.state is None  # type: ignore[attr-defined]  # the real controller
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    assert page.register.text().startswith("Register: last in step ")


def test_a_withdrawal_while_the_register_is_away_holds_here_and_goes_there(stage: Stage, desks: Desks) -> None:
    desks.reading.lock()
    shutil.copytree(desks.home / "reading", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    desks.sql(NOBODY.format(desks.database))
    desks.sql(LET_GO.format(desks.database))
    stage.until(lambda: bar(stage).isVisible())
    view = records(stage)
    stage.type(view.finder.field, "Person 1")
    stage.until(lambda: bool(buttons(view.record, "Withdraw")))
    view.acts.ask = answering()
    buttons(view.record, "Withdraw")[0].click()
    stage.until(lambda: "Consent is withdrawn at this desk." in view.notice.text)
    stage.until(lambda: "So far this desk alone knows of it." in told(view.record))
    stage.until(lambda: "1 withdrawal of consent waits here" in bar(stage).text.text())
    standings = {person.number: person.standing for person in stage.workspace.unlocked.people}
    assert standings == {"1": Standing.WITHDRAWN, "2": Standing.HELD, "3": Standing.HELD}
    desks.sql(ANYBODY.format(desks.database))
    stage.until(lambda: bar(stage).isHidden() and IN_STEP in lamps(stage))
    stage.until(lambda: "So far this desk alone knows of it." not in told(view.record))
    assert "Nothing about this person is compared any more" in told(view.record)
    desks.writing.register.fetch()
    assert desks.writing.references(subject(desks.writing, "1")) == ()


def test_the_desk_that_leads_takes_another_out(stage: Stage, desks: Desks) -> None:
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    stage.window.go(PageName.ADMINISTRATION)
    view = stage.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.tasks.ask_second = lambda *_: WITNESS
    view.tasks.ask = lambda question: True
    view.choose(Section.DESKS)
    stage.until(lambda: "Front desk" in words(view))
    assert "are looked after here" in words(view)
    stage.until(lambda: Task.REMOVE_DESK.value in tasks_of(view))
    view.tasks.do(Task.REMOVE_DESK)
    stage.until(lambda: "is taken out" in view.notice.text)
    stage.until(lambda: "taken out" in words(view))
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_REFUSED.value


def test_what_the_server_lost_is_put_back_by_two(stage: Stage, desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    old = desks.server.database(desks.database)
    desks.reading.save(enrolment("9", "Of the other desk"))
    desks.writing.register.fetch()
    monkeypatch.setenv("PGDATABASE", old)
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and "set back" in bar(stage).text.text())
    stage.window.go(PageName.ADMINISTRATION)
    view = stage.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.tasks.ask_second = lambda *_: WITNESS
    view.tasks.ask = lambda question: True
    view.choose(Section.DESKS)
    stage.until(lambda: Task.MEND_REGISTER.value in tasks_of(view))
    view.tasks.do(Task.MEND_REGISTER)
    stage.until(lambda: "Changes put back: 1." in view.notice.text)
    desks.reading.register.fetch()
    assert desks.sql("SELECT count(*) FROM mlid.change WHERE act = 'register.mended'") == [(0,)]  # it is the other one
    assert desks.server.sql("SELECT count(*) FROM mlid.change WHERE act = 'register.mended'", old) == [(1,)]


def test_an_older_register_is_upgraded_once_who_would_be_cut_off_was_ticked(
    stage: Stage, desks_before: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks_before.writing.lock()
    shutil.copytree(desks_before.home / "writing", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    view = desks_section(stage)
    view.tasks.ask_second = lambda *_: WITNESS
    stage.until(lambda: "The register is of version 1, this program knows 2." in words(view))
    stage.until(lambda: Task.UPGRADE_REGISTER.value in tasks_of(view))
    boxes: list[str] = []

    def ask(question: Question, *, ticked: bool) -> bool:
        for box in question.findChildren(QCheckBox):
            boxes.append(box.text())
            box.setChecked(ticked)
        return answering("postgres", "")(question)

    view.tasks.ask = partial(ask, ticked=False)
    view.tasks.do(Task.UPGRADE_REGISTER)
    stage.until(lambda: "do not know the new version of the register yet" in view.notice.text)
    assert desks_before.sql("SELECT version FROM mlid.register") == [(1,)]
    view.tasks.ask = partial(ask, ticked=True)
    view.tasks.do(Task.UPGRADE_REGISTER)
    stage.until(lambda: "The register is updated: it is of version 2 now." in view.notice.text)
    assert desks_before.sql("SELECT version FROM mlid.register") == [(2,)]
    assert len(boxes) == 2  # the other desk, asked twice
    stage.until(lambda: Task.UPGRADE_REGISTER.value not in tasks_of(view))
    assert "this program knows" not in words(view)
    desks_before.reading.register.fetch()
    assert desks_before.reading.register.status().schema == 2
    with monkeypatch.context() as patch:
        as_the_program_before(patch)
        assert code_of(desks_before.reading.register.fetch) == Code.REGISTER_VERSION.value


def test_the_desk_that_leads_admits_another_by_its_code(
    stage: Stage, desks: Desks, joining_role: tuple[str, str]
) -> None:
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    view = desks_section(stage)
    view.tasks.ask_second = lambda *_: WITNESS
    role, password = joining_role
    request = JoinRequest.begin(
        f"host=127.0.0.1 port={desks.server.port} dbname={desks.database} user={role}", password, "Third desk"
    )
    try:
        view.tasks.ask = answering("AAAAA-AAAAA-AAAAA-AAAAA")
        view.tasks.do(Task.ADMIT_DESK)
        stage.until(lambda: "No desk asks to join with this code." in view.notice.text)
        assert request.answered() is None
        view.tasks.ask = answering(request.code.lower().replace("-", " "))
        view.tasks.do(Task.ADMIT_DESK)
        stage.until(lambda: "The desk may join" in view.notice.text)
        assert request.answered() is not None
    finally:
        request.close()


def joining(stage: Stage, desks: Desks, joining_role: tuple[str, str]) -> JoinDialog:
    """The dialog of a first start in which everything that the other desk showed was typed."""
    stage.window.ask_for_vault(creating=True)
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    page.join.click()
    (dialog,) = page.findChildren(JoinDialog)
    role, password = joining_role
    dialog.server.server.setText(f"host=127.0.0.1 port={desks.server.port} dbname={desks.database} user={role}")
    dialog.server.secret.setText(password)
    dialog.server.desk_name.setText("Second window")
    return dialog


def test_a_first_start_joins_by_a_code(stage: Stage, desks: Desks, joining_role: tuple[str, str]) -> None:
    dialog = joining(stage, desks, joining_role)
    assert (dialog.server.server.text(), dialog.server.database.text()) == ("127.0.0.1", desks.database)
    dialog.do.click()
    stage.until(dialog.code.isVisible)
    assert not dialog.do.isVisible()
    end = LET_GO.replace("mlid_desk_", "mlid_join_")
    desks.sql(end.format(desks.database))  # the code outlives a connection
    desks.writing.register.desks.admit(dialog.code.text().lower(), witness(desks.writing))
    stage.until(dialog.name.isVisible)
    dialog.name.setText("sup")
    dialog.secret.setText("not the passphrase of anybody")
    dialog.do.click()
    stage.until(lambda: "passphrase" in dialog.notice.text and dialog.do.isEnabled())
    dialog.secret.setText(PASSPHRASE)
    dialog.do.click()
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    assert numbers(stage) == set(PEOPLE)
    assert "Second window" in {desk.name for desk in desks.writing.register.desks.all()}


def test_joining_says_what_is_wrong_and_leaves_nothing(
    stage: Stage, desks: Desks, joining_role: tuple[str, str]
) -> None:
    dialog = joining(stage, desks, joining_role)
    assert dialog.do.isEnabled()
    assert not dialog.server.role.isVisible(), "the line filled it in"
    dialog.server.role.clear()
    assert not dialog.do.isEnabled()
    dialog.server.role.setText(joining_role[0])
    dialog.server.secret.setText("wrong")
    dialog.do.click()
    stage.until(lambda: "does not accept this name" in dialog.notice.text)
    assert dialog.server.role.isVisible(), "what does not reach it can be put right by hand"
    dialog.server.port.setText("9")
    dialog.do.click()
    stage.until(lambda: "cannot be reached" in dialog.notice.text and dialog.do.isEnabled())
    dialog.reject()
    stage.settle()
    assert not stage.folder.exists()


def desks_section(stage: Stage) -> AdministrationPage:
    stage.window.go(PageName.ADMINISTRATION)
    view = stage.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    view.choose(Section.DESKS)
    stage.until(lambda: bool(tasks_of(view)))
    return view


def tasks_of(view: AdministrationPage) -> list[str]:
    found = [button.property("task") for button in view.findChildren(QPushButton) if button.isVisible()]
    return [task for task in found if task]


def made_by_hand(view: AdministrationPage, act: Callable[[MakingDialog], None]) -> None:
    """Has the dialog that makes a register shown beside its page, not before it, and worked through."""

    def show(dialog: MakingDialog) -> None:
        dialog.show()
        act(dialog)
        dialog.hide()

    view.tasks.desks.show = show
    view.tasks.do(Task.MAKE_REGISTER)


def test_a_register_is_made_in_the_window(demo: Stage, server: Cluster, tmp_path: Path) -> None:
    view = desks_section(demo)
    assert tasks_of(view) == [Task.MAKE_REGISTER.value]
    demo.until(lambda: "works alone" in words(view))
    database = server.database()

    def make(dialog: MakingDialog) -> None:
        assert dialog.do.accessibleDescription() == "Still to fill in: Server"
        dialog.server.server.setText("127.0.0.1")
        dialog.server.port.setText(str(server.port))
        dialog.server.database.setText("no_such_database")
        dialog.do.click()
        demo.until(lambda: "no database of this name" in dialog.notice.text)
        dialog.server.database.setText(database)
        dialog.server.desk_name.setText("Front desk")
        dialog.do.click()
        demo.until(lambda: "The server is ready" in dialog.notice.text)
        dialog.do.click()
        demo.until(dialog.paper.isVisible)
        assert f'hostssl  "{database}"  +mlid_desk  all  cert' in dialog.paper.toPlainText()
        dialog.do.click()
        demo.until(lambda: "ssl_ca_file" in dialog.notice.text and dialog.do.isEnabled())
        dialog.reject()
        assert "Copy or save" in dialog.notice.text
        dialog.choose_folder = lambda _: str(tmp_path)
        dialog.save.click()
        demo.until(lambda: "Written to" in dialog.notice.text)
        assert "mlid_join_" in (tmp_path / "register.txt").read_text(encoding="utf-8")
        server.let_in((tmp_path / "desks.crt").read_bytes(), ())
        dialog.do.click()
        demo.until(lambda: "everything is sent" in dialog.notice.text)

    made_by_hand(view, make)
    demo.until(lambda: IN_STEP in lamps(demo))
    demo.until(lambda: Task.ADMIT_DESK.value in tasks_of(view))
    assert Task.MAKE_REGISTER.value not in tasks_of(view)
    assert "Front desk" in words(view)


def test_what_a_server_lacks_is_said_before_anything_is_made(demo: Stage, desks: Desks) -> None:
    view = desks_section(demo)
    desks.sql("DO $$ BEGIN CREATE ROLE bare LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    with_bare = "host all bare 127.0.0.1/32 trust"
    desks.server.let_in(b"", (with_bare,))

    def look(dialog: MakingDialog) -> None:
        dialog.server.fill({"host": "127.0.0.1", "port": str(desks.server.port), "dbname": desks.database})
        dialog.do.click()
        demo.until(lambda: "a register in this database already" in dialog.notice.text)
        dialog.server.role.setText("bare")
        dialog.do.click()
        demo.until(lambda: "CREATEROLE" in dialog.notice.text)
        assert "does not own the database" in dialog.notice.text
        assert dialog.do.text() == "Check the server"
        dialog.reject()

    made_by_hand(view, look)


def test_a_desk_alone_is_told_nothing_of_registers(demo: Stage) -> None:
    demo.settle()
    assert not [words for words in lamps(demo) if "Register" in words]
    assert bar(demo).isHidden()
    demo.window.go(PageName.ADMINISTRATION)
    view = demo.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.choose(Section.DESKS)
    demo.until(lambda: "works alone" in words(view))
