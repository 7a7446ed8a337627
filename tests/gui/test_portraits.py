"""Portraits in the window: a choice apart, shown beside what was captured with an entry each, destroyed alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from mlid_desktop.devices.formats.still_codec import encode_small
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Candidate, Tier
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, ConsentUse, Details, Enrolment, new_identifier
from mlid_desktop.domain.templates import Portrait, PortraitView
from mlid_desktop.gui.identify.candidates_presenter import candidates_screen
from mlid_desktop.gui.identify.candidates_table import CandidatesPanel, show_candidates
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.records.portrait_section import PortraitSection
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.workflow.events import CandidatesFound
from tests.gui.stage import PASSPHRASE, ROOT, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import enrol_view
from tests.makers import ENROLLED, INDEX, observation

CHOSEN = Consent(ConsentOutcome.ACCEPTED, "3", "en", ENROLLED, uses=tuple(ConsentUse), portrait=True)
STANDARD = (ROOT / "resources" / "policy" / "standard.toml").read_text(encoding="utf-8")


def person_with(number: str, name: str, grey: int | None) -> Enrolment:
    """A person, with a flat picture for a portrait or without one."""
    picture = None if grey is None else encode_small(np.full((400, 300, 3), grey, np.uint8), 4000)
    portrait = None if picture is None else Portrait(picture, ENROLLED, "live")
    captures = (observation(characteristic=INDEX),)
    return Enrolment(new_identifier(), Details(number, name), CHOSEN, captures, (), ENROLLED, portrait=portrait)


@pytest.fixture
def keeping(demo: Stage) -> Stage:
    """A vault whose policy keeps portraits, with a person who has one and a person who has none."""
    vault, worker = demo.vault, demo.workspace.vault_worker
    own = STANDARD.replace('name = "standard"', 'name = "own"\nportraits = "kept"').encode()

    def prepare() -> None:
        vault.settings.store_policy("policy", own, vault.operators.confirm_second(SECOND, SECOND_PASSPHRASE))
        vault.save_all([person_with("1", "Ada Low", 60), person_with("2", "Ben Ho", None)])

    worker.submit(prepare).result()
    demo.window.lock()
    demo.settle()
    page = demo.window.current
    assert isinstance(page, UnlockPage)
    demo.type(page.passphrase, PASSPHRASE)
    demo.press(Qt.Key.Key_Return)
    demo.until(lambda: bool(demo.window.pages) and len(demo.workspace.unlocked.people) == 2)
    return demo


def views(stage: Stage) -> list[object]:
    vault = stage.vault
    entries = stage.workspace.vault_worker.submit(lambda: vault.audit.entries(1, 9999)).result()
    return [entry.facts["purpose"] for entry in entries if entry.event == "portrait.shown"]


def test_the_choice_stands_apart_unticked_and_is_not_asked_where_none_are_kept(keeping: Stage) -> None:
    keeping.window.go(PageName.ENROL)
    view = enrol_view(keeping)
    keeping.read()
    assert view.consent.portrait.isVisible()
    assert not view.consent.portrait.isChecked()
    view.consent.portrait.setChecked(True)
    keeping.go_on()
    consent = view.session.consent
    assert consent is not None
    assert ConsentUse.PORTRAIT in consent.covers
    view.consent.reset()
    assert not view.consent.portrait.isChecked()


def test_it_is_not_asked_where_the_policy_keeps_none(demo: Stage) -> None:
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.read()
    assert not view.consent.portrait.isVisible()
    demo.go_on()
    consent = view.session.consent
    assert consent is not None
    assert ConsentUse.PORTRAIT not in consent.covers


def test_candidates_stand_beside_what_was_captured_with_an_entry_each(keeping: Stage) -> None:
    unlocked = keeping.workspace.unlocked
    ada, ben = sorted(unlocked.people, key=lambda person: person.number)
    candidates = tuple(Candidate(person.subject_id, FACE, Tier.STRONG, None, 0.9) for person in (ada, ben))
    found = CandidatesFound(candidates, 2, 0.001)
    panel = CandidatesPanel(keeping.theme, keeping.workspace.language, lambda: None)
    captured = np.full((400, 300, 3), 200, np.uint8)
    screen = candidates_screen(found, unlocked.people_index.by_id, unlocked.operator, keeping.workspace.language)
    panel.show_screen(screen, captured)
    show_candidates(panel, keeping.workspace, found, PortraitView.CANDIDATES)
    panel.show()
    keeping.until(lambda: not panel.pictures.kept.is_empty)
    assert panel.pictures.kept.size() == panel.pictures.captured.size()
    assert views(keeping) == ["candidates"]
    panel._buttons.buttons()[1].click()
    assert panel.pictures.kept.is_empty
    assert "passport" in panel._advice.text()
    panel.forget()
    assert panel.pictures.captured.is_empty
    panel.deleteLater()


def test_a_record_shows_its_portrait_when_asked_and_destroys_it(keeping: Stage) -> None:
    keeping.window.go(PageName.RECORDS)
    view = keeping.view(PageName.RECORDS)
    assert isinstance(view, RecordsPage)
    view.finder.table.choose(1)
    keeping.until(lambda: bool(view.findChildren(PortraitSection)))
    keeping.wait(300)

    def section() -> PortraitSection:
        return view.findChildren(PortraitSection)[-1]

    ada = next(person for person in keeping.workspace.unlocked.people if person.number == "1")
    if section()._person.number != "1":
        view.finder.table.choose(0)
        keeping.until(lambda: section()._person.number == "1")
    assert views(keeping) == []
    section().show_button.click()
    keeping.until(lambda: not section().picture.is_empty)
    assert views(keeping) == ["record"]
    shown = section()
    shown._ask = lambda question: question.do.text() == "Destroy the portrait"
    shown.ask_destroy()
    keeping.until(lambda: not replace(keeping.workspace.unlocked).people_index.by_id[ada.subject_id].portrait)
    assert len(keeping.workspace.unlocked.people) == 2
