"""Face and finger checked together in the window: chosen together, summed, and told as such."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.state.source_choices import choices_for
from mlid_desktop.gui.verify.view import VerifyView
from tests.gui.stage import Stage
from tests.gui.steps import look_up, today, told


def chosen(stage: Stage) -> VerifyView:
    """Verify is open, Maria is found, and face and index finger are chosen."""
    view = look_up(stage, "1001")
    stage.wait(50)
    face, finger = view.finder._group.buttons()[:2]
    assert face.isChecked()
    assert not finger.isChecked()
    finger.click()
    return view


def test_a_face_and_a_finger_are_summed_and_the_card_says_so(enrolled: Stage) -> None:
    view = chosen(enrolled)
    enrolled.go_on()
    enrolled.until(view.decision.isVisible)
    assert "Face and Finger counted together: at most 1 in" in told(view.decision)
    assert today(enrolled).accepted == 1


def test_the_own_face_does_not_carry_a_strangers_finger(enrolled: Stage) -> None:
    view = chosen(enrolled)
    enrolled.go_on()
    enrolled.until(view.checks[Modality.FACE].isVisible)
    assert view.checks[Modality.FACE].steps.accessibleName() == "step 1 of 3: Face"
    finger = choices_for(enrolled.workspace.unlocked.choices, Modality.FINGERPRINT)[1]
    enrolled.workspace.choose_source(finger)
    enrolled.until(view.checks[Modality.FINGERPRINT].isVisible)
    assert view.checks[Modality.FINGERPRINT].steps.accessibleName().startswith("step 2 of 3")
    enrolled.until(view.decision.isVisible)
    assert "REJECTED" in told(view.decision)


def test_nothing_chosen_cannot_be_checked(enrolled: Stage) -> None:
    view = chosen(enrolled)
    for button in view.finder._group.buttons():
        button.setChecked(False)
    assert view.finder.footer is not None
    assert not view.finder.footer.primary.isEnabled()
