"""The screen that the person in front of the desk sees: what is meant for them, and nothing else."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.elements import FOR_THE_PERSON, SAID_TO_THE_PERSON
from mlid_desktop.gui.window.controller import WindowController
from mlid_desktop.gui.window.second_screen import SecondScreen
from tests.gui.stage import Stage
from tests.gui.steps import enrol_view, with_finger

FOR_THEM = (FOR_THE_PERSON, SAID_TO_THE_PERSON)


def controller(stage: Stage) -> WindowController:
    made = stage.window._controller
    assert isinstance(made, WindowController)
    return made


def turned_on(stage: Stage) -> SecondScreen:
    controller(stage).toggle_second_screen()
    screen = controller(stage).second_screen
    assert screen is not None
    stage.until(stage.window.isActiveWindow)
    return screen


def test_it_shows_what_is_for_the_person_and_rests_otherwise(demo: Stage) -> None:
    screen = turned_on(demo)
    assert screen.isVisible()
    assert screen.shown is None
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.until(lambda: screen.shown is view.consent.reading)
    before = screen.grab().toImage()
    demo.window.go(PageName.RECORDS)
    demo.until(lambda: screen.shown is None)
    assert screen.grab().toImage() != before
    controller(demo).toggle_second_screen()
    assert controller(demo).second_screen is None


def test_a_capture_and_what_to_do_are_shown_large(demo: Stage) -> None:
    screen = turned_on(demo)
    view = with_finger(demo)
    assert screen.shown is view.fingers.panel.preview
    assert screen.words
    assert "Maria" not in screen.words
    controller(demo).toggle_second_screen()


def test_a_locked_vault_leaves_nothing_on_it(demo: Stage) -> None:
    screen = turned_on(demo)
    demo.window.go(PageName.ENROL)
    demo.until(lambda: screen.shown is not None)
    demo.window.lock()
    demo.until(lambda: screen.shown is None)
    controller(demo).toggle_second_screen()


def test_no_list_of_people_is_ever_for_the_person(demo: Stage) -> None:
    for page_name in (PageName.HOME, PageName.RECORDS, PageName.VERIFY, PageName.IDENTIFY, PageName.ADMINISTRATION):
        demo.window.go(page_name)
        demo.settle()
        shown = [
            widget
            for widget in demo.window.findChildren(QWidget)
            if widget.objectName() in FOR_THEM and widget.isVisible()
        ]
        assert all(type(widget).__name__ in {"Preview", "HintBanner", "PromptCard"} for widget in shown)
