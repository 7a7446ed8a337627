"""Stretches of work in the real window that several journeys share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QWidget,
)

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.presenters.devices import address_for, choices_for
from mlid_desktop.gui.presenters.places import Place
from mlid_desktop.gui.views.enrol import EnrolView
from mlid_desktop.gui.views.verify import VerifyView
from mlid_desktop.gui.widgets.decision_card import DecisionCard
from tests.gui.stage import Stage


def enrol_view(stage: Stage) -> EnrolView:
    view = stage.view(Place.ENROL)
    assert isinstance(view, EnrolView)
    return view


def person(stage: Stage, seed: int) -> None:
    for modality in Modality:
        stage.workplace.choose_source(choices_for(stage.workplace.unlocked.choices, modality)[seed - 1])


def to_fingers(stage: Stage, number: str = "1001", name: str = "Maria Okoye") -> EnrolView:
    stage.window.go(Place.ENROL)
    view = enrol_view(stage)
    stage.until(stage.primary().isEnabled)
    stage.press(Qt.Key.Key_Return)
    stage.type(view.details.number, number)
    stage.type(view.details.name, name)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.face.isVisible)
    view.face._skip_for(ExceptionReason.DEVICE_ABSENT)
    stage.until(view.fingers.isVisible)
    return view


def enrol(stage: Stage, number: str = "1001", name: str = "Maria Okoye", seed: int = 1) -> EnrolView:
    person(stage, seed)
    view = to_fingers(stage, number, name)
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: bool(view.session.kept))
    stage.press(Qt.Key.Key_Return)
    stage.until(view.voice.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: view.review.isVisible() or view.duplicates.panel.isVisible())
    return view


def saved(stage: Stage, number: str = "1001", name: str = "Maria Okoye", seed: int = 1) -> None:
    view = enrol(stage, number, name, seed)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.ended.isVisible)
    stage.until(lambda: any(one.number == number for one in stage.workplace.unlocked.people))


def check(stage: Stage, number: str, seed: int) -> VerifyView:
    person(stage, seed)
    stage.window.go(Place.VERIFY)
    view = stage.view(Place.VERIFY)
    assert isinstance(view, VerifyView)
    stage.type(view.finder.finder.field, number)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.decision.isVisible)
    return view


def visible(stage: Stage, *kinds: type[QWidget]) -> Iterator[QWidget]:
    for kind in kinds:
        for widget in stage.window.findChildren(kind):
            if widget.isVisible():
                yield widget


def verdict(view: VerifyView) -> str:
    card = view.decision.findChildren(DecisionCard)[-1]
    return card.accessibleName().partition(".")[0]


def same_finger_for_all(stage: Stage, finger: Characteristic) -> None:
    """From now on person 1 gives this finger, whichever is asked for."""
    choice = choices_for(stage.workplace.unlocked.choices, Modality.FINGERPRINT)[0]
    stubborn = replace(choice, address=address_for(choice, finger), identity=DeviceIdentity("reader", "1", "Reader"))
    stage.workplace._unlocked = replace(stage.workplace.unlocked, choices=(stubborn,))
