"""Quality under rendered degradation: what counts as falling, and the whole report on rendered people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.domain.quality import Measure
from mlid_desktop.evaluation.quality import (
    LIGHTING,
    UNIFIED,
    QualityResult,
    degradations,
    is_falling,
    mean_series,
    quality_document,
)
from mlid_desktop.evaluation.report.drawings import quality_drawings
from mlid_desktop.evaluation.report.report import write_report
from mlid_desktop.station.text.language import open_language
from mlid_desktop.synthetic.face.portrait import SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from tests.command_line import mlid

BLUR, DARKNESS, TURN, DISTANCE = degradations()


def test_a_value_falls_where_it_never_rises_by_more_than_the_leeway() -> None:
    assert is_falling([100, 100, 80, 81, 40])
    assert not is_falling([100, 80, 90, 40])
    assert not is_falling([50, 50, 50])
    assert not is_falling([40, 41, 42])


def test_one_person_whose_value_rises_is_enough() -> None:
    good = [{"sharpness": value, UNIFIED: value} for value in (90.0, 70.0, 50.0)]
    bad = [{"sharpness": value, UNIFIED: value} for value in (50.0, 70.0, 90.0)]
    blur = replace(BLUR, amounts=(0.0, 1.0, 2.0))
    assert mean_series(blur, [good, good]).falls == {"sharpness": True}
    mixed = mean_series(blur, [good, bad])
    assert mixed.falls == {"sharpness": False}
    assert mixed.values["sharpness"] == (70.0, 70.0, 70.0)


def test_a_face_that_is_no_longer_found_counts_as_nothing() -> None:
    turned = replace(TURN, amounts=(0.0, 90.0))
    series = mean_series(turned, [[{"yaw": 100.0, UNIFIED: 95.0}, {UNIFIED: 0.0}]])
    assert series.values == {"yaw": (100.0, 0.0), UNIFIED: (95.0, 0.0)}
    assert series.falls["yaw"]


def test_each_way_of_getting_worse_is_worse_and_leaves_the_person_as_they_are() -> None:
    portrait = SyntheticPortrait(sample_person(3), LIGHTING, (320, 240))
    good = BLUR.render(portrait, 0.0)
    steps = [np.abs(np.diff(BLUR.render(portrait, amount).astype(int), axis=1)).mean() for amount in (0.0, 4.0)]
    assert steps[1] < steps[0] / 2
    assert DARKNESS.render(portrait, 0.75).mean() == pytest.approx(good.mean() / 4, abs=1)
    assert np.array_equal(TURN.render(portrait, 0.0), good)
    assert good.shape == DISTANCE.render(portrait, 2000.0).shape == (240, 320, 3)


def test_the_report_of_made_up_values_is_drawn(tmp_path: Path) -> None:
    rows = [[{"sharpness": 90.0 - 10 * step, UNIFIED: 80.0} for step in range(len(BLUR.amounts))]]
    result = QualityResult((mean_series(BLUR, rows),), {"all": 1.0})
    english = open_language(Path("nowhere"), "en")
    document = quality_document(result, {"models": {}, "dataset": {}, "commit": ""})
    write_report(tmp_path, document, quality_drawings(result, english), "Quality", english)
    assert document["falls"] == {"Blur": {"sharpness": True}}
    assert document["series"]["Blur"]["amounts"] == list(BLUR.amounts)
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_every_watched_component_falls_on_rendered_people(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = shared / "models" / "pack"
    if not pack.is_dir():
        pytest.skip(f"no models at {pack}")
    monkeypatch.setenv("MLID_MODELS", str(pack))
    done = mlid("evaluate", "quality", "--out", tmp_path, "--json")
    assert done.code == 0, done.out + done.err
    assert done.json["falls"] == {
        "Blur": {Measure.SHARPNESS.value: True},
        "Darkness": {Measure.UNDER_EXPOSURE.value: True},
        "Turn": {Measure.YAW.value: True},
        "Distance": {Measure.EYE_DISTANCE.value: True, Measure.FACE_SIZE.value: True},
    }
