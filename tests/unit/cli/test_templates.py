"""``mlid template`` and ``mlid compare`` on made-up fingers."""

from __future__ import annotations

import stat
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.station.administration.template_formats import StoredFormat
from tests.command_line import mlid
from tests.worked_out_once import touch_image


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two touches of one finger, and one of another: ``7-1.png``, ``7-2.png``, ``8-1.png``."""
    folder = tmp_path_factory.mktemp("pictures")
    for seed, number in ((7, 1), (7, 2), (8, 1)):
        touched = touch_image(seed, number)
        cv2.imwrite(str(folder / f"{seed}-{number}.png"), touched)
    cv2.imwrite(str(folder / "blank.png"), np.full((300, 300), 255, np.uint8))
    return folder


@pytest.mark.parametrize("wanted", list(StoredFormat))
def test_a_template_is_written_in_every_format_and_compares(
    pictures: Path, tmp_path: Path, wanted: StoredFormat
) -> None:
    out = tmp_path / "finger"
    done = mlid(
        "template", pictures / "7-1.png", "-o", out, "--format", wanted.value, "--finger", "left-ring", "--json"
    )
    assert done.code == 0, done.err
    assert done.json["fingers"][0]["finger"] == "left-ring"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.stat().st_size == done.json["bytes"] <= 4096
    same = mlid("compare", out, pictures / "7-2.png", "--json").json
    other = mlid("compare", pictures / "8-1.png", out, "--json").json
    assert same["score"] > other["score"] + 0.2
    assert (same["meaning"] is None) == (wanted is not StoredFormat.NATIVE)


def test_an_error_rate_is_told_only_where_it_was_measured(pictures: Path, tmp_path: Path) -> None:
    mlid("template", pictures / "7-1.png", "-o", tmp_path / "finger.fmr")
    whole = mlid("compare", pictures / "7-1.png", pictures / "7-2.png")
    assert "strangers" in whole.out.splitlines()[-1]
    alone = mlid("compare", tmp_path / "finger.fmr", pictures / "7-2.png")
    assert "Minutiae alone were compared" in alone.out


def test_a_record_of_two_fingers_becomes_a_template_of_the_one_asked_for(pictures: Path, tmp_path: Path) -> None:
    single, both = tmp_path / "one.fmr", tmp_path / "other.fmr"
    mlid("template", pictures / "7-1.png", "-o", single, "--finger", "left-ring")
    mlid("template", single, "-o", both, "--format", "ansi378-2004")
    again = mlid("template", both, "-o", tmp_path / "one.mlft", "--format", "native", "--finger", "left-ring", "--json")
    assert (again.code, again.json["fingers"][0]["origin"]) == (0, "record")
    missing = mlid("template", both, "-o", tmp_path / "x", "--finger", "right-thumb")
    assert (missing.code, missing.err.partition(":")[0]) == (2, Code.USAGE_BAD_ARGUMENT.value)


def test_no_template_comes_of_nothing(pictures: Path, tmp_path: Path) -> None:
    done = mlid("template", pictures / "blank.png", "-o", tmp_path / "none", "--json")
    assert (done.code, done.json["reason"]) == (3, "no_finger")
    assert not (tmp_path / "none").exists()


def test_a_broken_record_is_named(tmp_path: Path, pictures: Path) -> None:
    broken = tmp_path / "broken.fmr"
    mlid("template", pictures / "7-1.png", "-o", broken)
    broken.write_bytes(broken.read_bytes()[:-1])
    done = mlid("compare", broken, pictures / "7-2.png")
    assert (done.code, done.err.partition(":")[0]) == (4, Code.MODEL_RECORD_INVALID.value)
    assert mlid("compare", tmp_path / "nowhere", pictures / "7-2.png").code == 2


def test_the_only_picture_is_never_written_over(pictures: Path, tmp_path: Path) -> None:
    whole = (pictures / "7-1.png").read_bytes()
    for force in ([], ["--force"]):
        refused = mlid("template", pictures / "7-1.png", "-o", pictures / "7-1.png", *force)
        assert (refused.code, refused.err.partition(":")[0]) == (2, Code.USAGE_OUTPUT_IS_INPUT.value)
    assert (pictures / "7-1.png").read_bytes() == whole
    (tmp_path / "other").write_bytes(b"somebody's")
    refused = mlid("template", pictures / "7-1.png", "-o", tmp_path / "other")
    assert (refused.code, refused.err.partition(":")[0]) == (2, Code.USAGE_OUTPUT_EXISTS.value)
    assert (tmp_path / "other").read_bytes() == b"somebody's"
    assert mlid("template", pictures / "7-1.png", "-o", tmp_path / "other", "--force").code == 0


def test_what_a_record_says_against_its_standard_is_named(pictures: Path, tmp_path: Path) -> None:
    mlid("template", pictures / "7-1.png", "-o", tmp_path / "whole.fmr")
    (tmp_path / "padded.fmr").write_bytes((tmp_path / "whole.fmr").read_bytes().ljust(1024, b"\0"))
    done = mlid("compare", tmp_path / "padded.fmr", pictures / "7-2.png", "--json")
    assert (done.code, done.json["leniencies"]) == (0, [["padding"], []])
    assert "empty bytes" in done.err
