"""How good is this?: every figure stands in a document, and none says more than was measured."""

from __future__ import annotations

import tomllib

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.transparency.presenter import setting_rows, transparency_screen
from mlid_desktop.station.documents.measured_accuracy import read_measured_accuracy
from tests.gui.stage import Stage
from tests.gui.steps import words
from tests.makers import ROOT, policy


def test_the_transparency_page_tells_figures_that_the_documents_hold(demo: Stage) -> None:
    demo.window.go(PageName.TRANSPARENCY)
    shown = words(demo.window)
    told = tomllib.loads((ROOT / "resources" / "transparency" / "figures.toml").read_text(encoding="utf-8"))
    in_use = "face_builtin" if demo.workspace.unlocked.session.builtin else "face"
    for section in ("face", "face_builtin", "fingerprint", "voice"):
        figure = f"{told[section]['equal_error_percent']:g}"
        assert f"{figure} %" in (ROOT / told[section]["document"]).read_text(encoding="utf-8")
        if section in {in_use, "fingerprint", "voice"}:
            rounded = f"{told[section]['equal_error_percent']:.1f}".removesuffix(".0")
            assert f"{rounded} of 100" in shown
    assert ("do not look for them" in shown) is (in_use == "face_builtin")
    assert "always a way without biometrics" in shown
    assert "All models may be used and passed on by anybody: Apache-2.0, MIT." in shown


def test_what_a_desk_does_as_it_is_set_is_told_first_and_no_better_than_it_was_measured(demo: Stage) -> None:
    demo.window.go(PageName.TRANSPARENCY)
    shown = words(demo.window)
    assert "How often this desk is wrong, as it is set" in shown
    measured, language = read_measured_accuracy(ROOT / "resources"), demo.workspace.language
    rates = {Modality.FACE: 1e-3, Modality.FINGERPRINT: 1e-4, Modality.VOICE: 5e-2}
    face, finger, voice = setting_rows(measured, rates, language)
    assert (face.refused, face.strangers) == ("about 0.8 in 100", "at most 1 in 1,000")
    assert (face.people, face.doubt) == ("Measured on 120 people.", "")
    assert finger.refused == "about 1.4 in 100, perhaps more", "at a stricter limit than was measured"
    assert voice.refused == "about 0.6 in 100, perhaps fewer", "at a laxer one"
    cards = transparency_screen(measured, 30, ["MIT"], language, rates)
    told_face, told_finger, told_voice = (
        str(card.paragraphs[0])
        for card in sorted(cards[:3], key=lambda card: ("Face", "Finger", "Voice").index(card.title))
    )
    assert "0.8 of 100 were refused; with other people it may be between 0.1 and 1.9." in told_face
    assert "1.4 of 100 were refused, with other people it may be between 0 and 3.8; how many more" in told_finger
    assert "0.6 of 100 were refused, with other people it may be between 0 and 1.3; this desk" in told_voice
    assert finger.doubt == "Too few people to rely on it: 10."
    assert "Too few people to rely on it: 10." in shown
    between = setting_rows(measured, rates | {Modality.FACE: 5e-4}, language)[0]
    assert between.refused == "about 0.8 to 2.2 in 100"
    standard = setting_rows(measured, rates | {Modality.FACE: policy().comparison.rate(Modality.FACE)}, language)[0]
    assert (standard.refused, standard.people) == ("about 1.1 in 100", "Measured on 2,000 people.")
    for modality, document, pairs in (
        (Modality.FACE, "evaluation.md", (0, 2)),
        (Modality.FINGERPRINT, "fingerprint-comparison.md", (0,)),
    ):
        told = [f"{at.refused:g} % ({at.low:g} to {at.high:g})" for at in measured[modality].refused]
        for first in pairs:
            assert " / ".join(told[first : first + 2]) in (ROOT / "docs" / document).read_text(encoding="utf-8")


def test_what_is_told_of_groups_is_what_the_documents_hold(demo: Stage) -> None:
    groups = read_measured_accuracy(ROOT / "resources")[Modality.FACE].groups
    assert groups is not None
    measured = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    row = f"**{groups.women:.2f} (to {groups.women_most:.2f})** | {groups.men:.2f} (to {groups.men_most:.2f})"
    assert row in measured
    demo.window.go(PageName.TRANSPARENCY)
    shown = words(demo.window)
    assert "nothing was measured, for lack of labelled data" in shown  # the built-in models: of no group at all
    assert "women are taken for one another" not in shown
    measured_here, limits = read_measured_accuracy(ROOT / "resources"), dict.fromkeys(Modality, 0.001)
    told = transparency_screen(measured_here, 30, ["MIT"], demo.workspace.language, limits)
    assert f"women are taken for one another {groups.women:g} times" in str(told[-1])
