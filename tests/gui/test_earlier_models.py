"""People who are still compared by an earlier model: Home tells how many, Records who."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from mlid_desktop.domain.characteristics import VOICE
from mlid_desktop.domain.subjects import Details, Enrolment, new_identifier
from mlid_desktop.domain.templates import Extractor
from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from tests.gui.stage import Stage
from tests.gui.steps import buttons
from tests.makers import ENROLLED, observation
from tests.unit.vault.conftest import AGREED


def enrolment(number: str, name: str, extractor: Extractor) -> Enrolment:
    """A person with a voice."""
    seen = observation(characteristic=VOICE)
    assert seen.template is not None
    captures = (replace(seen, template=replace(seen.template, extractor=extractor)),)
    return Enrolment(new_identifier(), Details(number, name), AGREED, captures, (), ENROLLED)


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    models = tmp_path / "models"
    models.mkdir()
    made = Stage(qapp, tmp_path, models=models)
    (models / made.station.manifest.entry("speaker-embedding").file).touch()  # today's encoder is on its way
    made.create_vault()
    yield made
    made.close()


def shown(page: HomePage) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel)]


def test_home_tells_how_many_and_records_who(stage: Stage) -> None:
    calibrations = stage.station.calibrations
    today = calibrations[VOICE.modality]
    earlier = next(made for made in calibrations.earlier if made.modality is VOICE.modality)
    keys = {"Bahar Amini": earlier.extractor, "Ines Roy": today.extractor, "Ada Low": earlier.extractor}
    people = []
    for number, (name, key) in enumerate(keys.items(), 1):
        made_by, version, models = key.split("/")
        people.append(enrolment(str(number), name, Extractor(made_by, int(version), models)))
    stage.workspace.vault_worker.submit(stage.vault.save_all, people).result()
    stage.workspace.refresh_people()
    stage.workspace.refresh_pending()
    stage.until(lambda: stage.workspace.pending.to_renew == 2)
    home = stage.view(PageName.HOME)
    assert isinstance(home, HomePage)
    stage.until(lambda: "2 people are still compared by an earlier model" in shown(home))
    assert stage.workspace.pending.number == 0, "nobody has to do anything for them"
    stage.until(lambda: bool(buttons(home, "Show")))
    buttons(home, "Show")[0].click()
    records = stage.view(PageName.RECORDS)
    assert isinstance(records, RecordsPage)
    stage.until(lambda: records.finder.model.rowCount() == 2)
    assert {records.finder.model.person(at).name for at in range(2)} == {"Bahar Amini", "Ada Low"}
