"""Devices: each is tried out as soon as it is chosen, and let go again."""

from __future__ import annotations

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.state.source_choices import choices_for
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.configuration.preferences import read_preferences
from tests.gui.stage import Stage


def devices(stage: Stage) -> DevicesPage:
    stage.window.go(PageName.DEVICES)
    view = stage.view(PageName.DEVICES)
    assert isinstance(view, DevicesPage)
    return view


@pytest.mark.parametrize(
    ("modality", "names"),
    [
        (Modality.FACE, ["Picture size", "Pictures a second", "Light", "Sharpness"]),
        (Modality.FINGERPRINT, ["Resolution", "Sensor"]),
        (Modality.VOICE, ["Sampling rate", "Level", "Quiet of the room"]),
    ],
)
def test_a_chosen_device_is_tried_out(demo: Stage, modality: Modality, names: list[str]) -> None:
    view = devices(demo)
    view._look_at(choices_for(demo.workspace.unlocked.choices, modality)[0])
    demo.until(lambda: [row.name for row in view.trial.rows] == names)
    demo.until(lambda: all(row.tone is not Tone.INCONCLUSIVE for row in view.trial.rows))
    assert view.trial.accessibleName().startswith(names[0])
    assert view.meter.isVisible() is (modality is Modality.VOICE)
    demo.window.go(PageName.HOME)
    assert view.trial.rows == ()


def test_the_sounds_are_turned_on_and_off_for_good(demo: Stage) -> None:
    view = devices(demo)
    state = demo.workspace.station.settings.state
    for on in (True, False):
        view.sounds.click()
        assert (demo.workspace.station.chimes.on, read_preferences(state).sounds) == (on, on)
