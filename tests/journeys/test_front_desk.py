"""The front desk's days: whole journeys through the real window, from the consent to what is left in the vault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from mlid_desktop.domain.characteristics import FACE, VOICE, Modality
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.page.navigation import PageName
from tests.contracts.virtual_reader import require_libfprint
from tests.gui import desk_journeys, journeys
from tests.gui.stage import ROOT, SECOND, Stage
from tests.gui.steps import enrol_view, saved
from tests.recordings import people_at_a_webcam

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


@pytest.fixture
def demo(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """The window with an unlocked demo vault; no models, so that only the finger works."""
    stage = Stage(qapp, tmp_path, models=tmp_path / "no-models")
    stage.create_vault()
    yield stage
    stage.close()


@pytest.fixture
def whole(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """As above with the model pack, and people who speak faster than anybody."""
    models = Path(os.environ.get("MLID_MODELS") or ROOT / "models")
    if not (models / "face_detection_yunet_2023mar.onnx").exists():
        pytest.skip("the model pack is not installed")

    journeys.hurry(monkeypatch)
    stage = Stage(qapp, tmp_path, models=models)
    stage.create_vault()
    yield stage
    stage.close()


def test_a_person_is_enrolled_with_face_fingers_and_voice(whole: Stage) -> None:
    session = journeys.all_three(whole)
    assert {characteristic.modality for characteristic in session.kept} == set(Modality)
    (person,) = whole.workspace.unlocked.people
    assert {FACE, VOICE} < set(person.characteristics)
    assert len(person.characteristics) == 4


def test_a_person_declines_and_nothing_is_kept(demo: Stage) -> None:
    view = journeys.declined(demo)
    assert "Nothing was kept" in view.ended._text.text()
    assert demo.workspace.unlocked.people == ()
    demo.window.go(PageName.HOME)
    entries = demo.workspace.vault_worker.submit(demo.vault.audit.entries).result()
    assert [entry.event for entry in entries].count("consent.declined") == 1
    assert demo.workspace.vault_worker.submit(demo.vault.drafts.all).result() == ()


def test_a_missing_finger_is_on_the_record_with_its_reason(demo: Stage) -> None:
    journeys.missing_finger(demo)
    (person,) = demo.workspace.unlocked.people
    record = demo.workspace.vault_worker.submit(demo.vault.record, person.subject_id).result()
    assert ExceptionReason.MISSING in {exception.reason for exception in record.exceptions}


def test_a_reader_pulled_out_in_the_middle_costs_no_restart(demo: Stage, tmp_path: Path) -> None:
    require_libfprint()
    journey = journeys.unplugged(demo, tmp_path)
    assert journey.said
    assert len(journey.session.kept) == 1


def test_a_lock_in_the_middle_loses_nothing_and_the_person_is_saved(demo: Stage) -> None:
    before, after = journeys.locked_and_resumed(demo)
    assert (after.subject_id, after.details, after.consent) == (before.subject_id, before.details, before.consent)
    assert set(after.kept) == set(before.kept)
    (person,) = demo.workspace.unlocked.people
    assert person.subject_id == before.subject_id


def test_somebody_similar_is_compared_by_two_and_the_answer_is_on_the_record(demo: Stage) -> None:
    journeys.duplicate_reviewed(demo)
    second = next(person for person in demo.workspace.unlocked.people if person.number == "1002")
    record = demo.workspace.vault_worker.submit(demo.vault.record, second.subject_id).result()
    assert record.duplicate_review.startswith("different")
    entries = demo.workspace.vault_worker.submit(demo.vault.audit.entries).result()
    assert [entry.facts["second"] for entry in entries if entry.event == "identification.decided"] == [SECOND]


def test_a_candidate_is_called_the_person_by_two_alone(demo: Stage) -> None:
    journeys.identified(demo)
    entries = demo.workspace.vault_worker.submit(demo.vault.audit.entries).result()
    decided = next(entry for entry in entries if entry.event == "identification.decided")
    assert (decided.facts["outcome"], decided.facts["second"]) == ("same", SECOND)


def test_an_erased_person_is_gone_and_has_it_on_paper(demo: Stage, tmp_path: Path) -> None:
    certificate = tmp_path / "erased.pdf"
    view = journeys.erased(demo, certificate)
    assert certificate.read_bytes().startswith(b"%PDF")
    assert view.empty.isVisible()
    assert len(demo.workspace.vault_worker.submit(demo.vault.subject_rights.erasures).result()) == 1


def test_a_finger_opens_to_its_owner_alone(demo: Stage) -> None:
    assert journeys.fingers_checked(demo) == ("Accepted", "Rejected")


def test_recorded_faces_are_accepted_rejected_and_a_printed_one_is_seen_as_what_it_is(
    whole: Stage, shared: Path, tmp_path: Path
) -> None:
    same, other, printed = journeys.faces_checked(whole, people_at_a_webcam(shared), tmp_path / "frames")
    assert "ACCEPTED" in same
    assert "Not recognised" in other
    assert "REJECTED" in printed
    assert "a picture, screen or mask is suspected" in printed


def test_a_queue_the_figures_and_the_first_day_are_gone_through(demo: Stage) -> None:
    saved(demo)
    assert not desk_journeys.checked_in(demo).state.recent
    assert desk_journeys.figures_looked_at(demo).table.rowCount()
    assert not desk_journeys.first_day_gone_through(demo).isVisible()


def test_the_language_is_changed_in_the_middle_and_nothing_is_lost(demo: Stage) -> None:
    meanwhile = journeys.language_changed(demo)
    assert any("\u0600" <= letter <= "\u06ff" for words in meanwhile for letter in words)
    (person,) = demo.workspace.unlocked.people
    assert person.name == "Maria Okoye"


def test_without_any_device_every_page_opens_and_says_what_to_do(qapp: QApplication, tmp_path: Path) -> None:
    stage = Stage(qapp, tmp_path, models=tmp_path / "no-models")
    try:
        stage.create_vault(demo=False)
        assert journeys.without_devices(stage)
        assert enrol_view(stage)._session is None
    finally:
        stage.close()
