"""Another program of the site asks the real window, over the real interface, and reads the answer."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QLabel

from mlid_desktop.api.link_socket import hand_over
from mlid_desktop.domain.subjects import Standing
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.station.external_requests.links import LinkOutcome
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.request_log import WITHDRAWN
from tests.calling_program import Reply, read_answer
from tests.gui.clinic import Clinic, opener_of
from tests.gui.stage import PASSPHRASE
from tests.gui.steps import answering, buttons, saved


def test_a_person_is_checked_for_another_program(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    stage.window.go(PageName.HOME)
    focus = QApplication.focusWidget()
    request = clinic.ask("verify", "1001")
    assert clinic.bar.text.text() == "Front desk asks you to check No. 1001."
    assert QApplication.focusWidget() is focus, "it takes no focus"
    clinic.bar.open.click()
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.until(lambda: view.isVisible() and view.finder.finder.field.text() == "1001")
    stage.go_on()
    stage.until(view.decision.isVisible)
    answer = read_answer(clinic.until(request, "decided"), clinic.trusted)
    assert (answer["verdict"], answer["request"], answer["aud"]) == ("accepted", request, clinic.program.caller)
    assert answer["nonce"] == "a-nonce-of-the-caller"
    assert answer["demo"] is True
    assert answer["exp"] - answer["iat"] == 300
    assert {"score", "template", "image", "name", "number"}.isdisjoint(answer)
    assert all(set(result) == {"characteristic", "passed", "band"} for result in answer["results"])
    # whoever is not there, has withdrawn, or did not agree looks alike
    clinic.withdraw()
    answers = []
    for number in ("1001", "nobody"):
        asked = clinic.ask("verify", number)
        clinic.bar.open.click()
        told = read_answer(clinic.until(asked, "decided"), clinic.trusted)
        answers.append({name: told[name] for name in sorted(told) if name not in {"request", "iat", "exp", "digest"}})
    assert answers[0] == answers[1]
    assert answers[0]["verdict"] == "no_answer"


def test_who_checks_somebody_else_than_was_asked_for_has_declined(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    saved(stage, "1002", "Jonas Lindqvist", seed=3)
    stage.window.go(PageName.HOME)
    request = clinic.ask("verify", "1001")
    clinic.bar.open.click()
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.until(lambda: view.isVisible() and view.finder.finder.field.text() == "1001")
    view.finder.finder.field.clear()
    stage.type(view.finder.finder.field, "1002")
    stage.go_on()
    stage.until(view.decision.isVisible)
    assert clinic.until(request, "declined")
    assert not clinic.bar.isVisible(), "the next request is not kept waiting"


def test_nothing_that_is_begun_is_ended_by_a_request(clinic: Clinic) -> None:
    stage = clinic.stage
    view = stage.view(PageName.ENROL)
    assert isinstance(view, EnrolView)
    stage.window.go(PageName.ENROL)
    stage.read()
    stage.go_on()
    stage.until(view.details.isVisible)
    stage.type(view.details.number, "77")
    request = clinic.ask("enrol", "2002", name="Somebody Else")
    clinic.bar.open.click()
    assert stage.window.current is view
    assert view.details.number.text() == "77"
    assert clinic.meanwhile(lambda: clinic.program.standing(request))["state"] == "waiting"
    busy = clinic.meanwhile(lambda: clinic.program.ask("verify", "77"))
    assert (busy.status, busy.error) == (409, "busy")
    stage.window.go(PageName.HOME)
    clinic.bar.open.click()
    stage.until(lambda: stage.window.current is view and view.details.number.text() == "2002")
    assert view.details.name.text() == "Somebody Else"
    stage.window.go(PageName.HOME)
    assert clinic.until(request, "declined")


def test_decline_lock_and_revocation_are_told_by_name(clinic: Clinic) -> None:
    stage = clinic.stage
    first = clinic.ask("verify", "1")
    clinic.bar.decline.click()
    assert clinic.until(first, "declined")
    second = clinic.ask("verify", "2")
    stage.window.lock()
    assert clinic.until(second, "locked")
    locked: Reply = clinic.meanwhile(lambda: clinic.program.ask("verify", "3"))
    assert (locked.status, locked.error) == (423, "locked")
    stage.workspace.open(stage.folder, "A. Clerk", PASSPHRASE, stage._refused)
    stage.until(lambda: stage.workspace.is_open)
    not_granted = clinic.meanwhile(lambda: clinic.program.ask("identify"))
    assert (not_granted.status, not_granted.error) == (403, "not_granted")
    service = stage.workspace.unlocked.session.external_requests
    stage.workspace.vault_worker.submit(service.revoke, clinic.program.caller).result()
    clinic.interface.refresh()
    stage.until(lambda: clinic.interface.requests.access is not None and not clinic.interface.requests.access.callers)
    refused = clinic.meanwhile(lambda: clinic.program.ask("verify", "1"))
    assert (refused.status, refused.error) == (401, "unknown_caller")


def test_a_withdrawal_stops_comparisons_at_once_and_is_answered_once_it_was_confirmed(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    stage.window.go(PageName.HOME)
    foreign = clinic.ask("withdraw", "1001")
    clinic.bar.open.click()
    assert read_answer(clinic.until(foreign, "decided"), clinic.trusted)["verdict"] == "no_answer"
    clinic.had_enrolled()
    request = clinic.ask("withdraw", "1001")
    stage.until(lambda: stage.workspace.unlocked.people[0].standing is Standing.STOPPED)
    stage.until(lambda: stage.workspace.pending.withdrawals == 1)
    clinic.bar.open.click()
    page = stage.view(PageName.RECORDS)
    assert isinstance(page, RecordsPage)
    stage.until(lambda: page.isVisible() and page.finder.field.text() == "1001")
    clinic.withdraw()
    assert read_answer(clinic.until(request, "decided"), clinic.trusted)["verdict"] == "withdrawn"


def test_a_withdrawal_that_nobody_opened_stands_on_home_until_it_is_undone(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    clinic.had_enrolled()
    stage.window.go(PageName.HOME)
    request = clinic.ask("withdraw", "1001")
    clinic.bar.decline.click()
    assert clinic.until(request, "declined")
    home = stage.view(PageName.HOME)
    about = "1 withdrawal is to be confirmed"
    stage.until(lambda: any(about in button.accessibleName() for button in buttons(home, "Show")))
    next(button for button in buttons(home, "Show") if about in button.accessibleName()).click()
    page = stage.view(PageName.RECORDS)
    assert isinstance(page, RecordsPage)
    page.finder.field.setText("1001")
    stage.until(lambda: bool(buttons(page, "Undo …")))
    page.acts.ask = answering()
    buttons(page, "Undo …")[0].click()
    stage.until(lambda: "compared as before" in page.notice.text)
    stage.until(lambda: stage.workspace.unlocked.people[0].standing is Standing.HELD)
    requests, key = clinic.interface.requests, (clinic.program.caller, request)
    stage.until(lambda: requests.access is not None and requests.access.earlier[key].is_answered)
    again = clinic.meanwhile(lambda: clinic.program.ask("withdraw", "1001", request))
    assert again.status == 200
    assert read_answer(clinic.until(request, "decided"), clinic.trusted)["verdict"] == "not_withdrawn"


def test_a_withdrawal_that_was_taken_back_is_left_to_an_operator_and_answered_to_nobody(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    clinic.had_enrolled()
    stage.window.go(PageName.HOME)
    request = clinic.ask("withdraw", "1001")
    stage.until(lambda: stage.workspace.unlocked.people[0].standing is Standing.STOPPED)
    assert clinic.meanwhile(lambda: clinic.program.call("DELETE", f"/v1/requests/{request}")).status == 200
    clinic.withdraw()
    callers = stage.vault.callers
    taken = stage.workspace.vault_worker.submit(callers.taken, clinic.program.caller, request).result()
    assert taken is not None
    assert taken.outcome == WITHDRAWN
    assert clinic.until(request, "cancelled")


def test_a_number_of_a_link_is_a_notice_and_nothing_else(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    entries = stage.workspace.vault_worker.submit(stage.vault.audit.entries).result()
    stage.window.go(PageName.HOME)
    focus, state = QApplication.focusWidget(), stage.workspace.station.settings.state
    assert clinic.meanwhile(lambda: hand_over("mlid:person/1001", state)) is LinkOutcome.SHOWN
    stage.until(clinic.bar.isVisible)
    assert clinic.bar.text.text() == "A link asks you to check No. 1001. Who sent it is not known."
    assert QApplication.focusWidget() is focus, "it takes no focus"
    assert clinic.meanwhile(lambda: hand_over("mlid:person/1002", state)) is LinkOutcome.BUSY
    view = stage.view(PageName.ENROL)
    assert isinstance(view, EnrolView)
    stage.window.go(PageName.ENROL)
    stage.read()
    stage.go_on()
    stage.until(view.details.isVisible)
    stage.type(view.details.number, "77")
    clinic.bar.open.click()
    assert stage.window.current is view
    assert view.details.number.text() == "77", "nothing that was typed is filled"
    stage.window.go(PageName.HOME)
    clinic.bar.open.click()
    check = stage.view(PageName.VERIFY)
    assert isinstance(check, VerifyView)
    stage.until(lambda: check.isVisible() and check.finder.finder.field.text() == "1001")
    stage.until(lambda: not clinic.bar.isVisible())
    assert stage.workspace.vault_worker.submit(stage.vault.audit.entries).result() == entries
    opener = opener_of(stage)
    for address in ("mlid:person/10%0A02", "https://clinic.example/", "mlid:person/1002"):  # as macOS hands them over
        opener.eventFilter(stage.window, QFileOpenEvent(QUrl(address)))
    stage.until(lambda: "No. 1002." in clinic.bar.text.text())
    # a request that waits comes before it, and a locked desk keeps none
    request = clinic.ask("verify", "1001")
    stage.until(lambda: "Front desk asks" in clinic.bar.text.text())
    assert clinic.meanwhile(lambda: hand_over(f"mlid:request/{request}", state)) is LinkOutcome.SHOWN
    stage.window.lock()
    assert clinic.meanwhile(lambda: hand_over("mlid:person/1004", state)) is LinkOutcome.LOCKED
    stage.until(lambda: any("Unlock it, and follow" in shown.text() for shown in stage.window.findChildren(QLabel)))
    assert clinic.interface.requests.links().number == ""


def test_the_operator_is_led_back_to_the_page_that_asked(clinic: Clinic) -> None:
    stage, requests = clinic.stage, clinic.interface.requests
    key = (clinic.program.caller, "a" * 32)
    asked = ExternalRequest(
        *key[:1],
        "Clinic page",
        key[1],
        RequestKind.VERIFY,
        "recognition",
        "d",
        "1",
        return_to="https://clinic.example/x",
    )
    requests.ask(asked)
    requests.take(key)
    requests.decide(key, "signed")
    stage.until(clinic.bar.isVisible)
    assert clinic.bar.open.text() == "Go back to Clinic page"
    opened: list[str] = []

    opener_of(stage).open_page = lambda address, _failed: opened.append(address)
    clinic.bar.open.click()
    stage.until(lambda: not clinic.bar.isVisible())
    assert len(opened) == 1
    assert opened[0].startswith("https://clinic.example/x#mlid=")
    assert requests.redeem(opened[0].rpartition("=")[2], key[0]) is not None
