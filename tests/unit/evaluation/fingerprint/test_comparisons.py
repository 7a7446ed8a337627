"""A fingerprint evaluation on synthetic fingers, by command line: the numbers that scripts rely on."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.catalog import open_source, parse_address
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.evaluation.datasets import read_impressions
from mlid_desktop.evaluation.fingerprint.comparisons import Protocol, choose_pairs
from tests.command_line import mlid

FINGERS, IMPRESSIONS = 3, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three synthetic fingers, three impressions each, and one picture with nothing on it."""
    made = tmp_path_factory.mktemp("set")
    for finger in range(FINGERS):
        for impression in range(IMPRESSIONS):
            address = parse_address(f"simulated:finger?seed={finger + 1}&impression={impression}")
            (sample,) = islice(open_source(address, Modality.FINGERPRINT).samples(), 1)
            assert isinstance(sample, FingerSample)
            cv2.imwrite(str(made / f"{finger + 1}_{impression + 1}.png"), sample.image)
    cv2.imwrite(str(made / f"{FINGERS}_{IMPRESSIONS + 1}.png"), np.full((300, 300), 255, np.uint8))
    return made


def test_the_protocols_differ_in_the_pairs_of_different_fingers_alone(folder: Path) -> None:
    images = read_impressions([folder])
    every, fvc = choose_pairs(images, Protocol.ALL), choose_pairs(images, Protocol.FVC)
    assert every.same.sum() == fvc.same.sum() == 3 + 3 + 6
    assert (~every.same).sum() == 3 * 3 + 2 * 3 * 4
    assert (~fvc.same).sum() == 3


def test_fingers_are_told_apart_and_an_empty_picture_counts_as_a_miss(folder: Path, tmp_path: Path) -> None:
    done = mlid("evaluate", "fingerprint", folder, "--out", tmp_path / "out", "--dpi", "500", "--json")
    assert done.code == 0, done.err
    report = done.json
    assert (report["genuine"], report["impostor"]) == (12, 33)
    assert report["fta"] == pytest.approx(1 / 10)
    assert report["fte"] == 0.0
    assert report["fingers"]["set0/3"]["without_template"] == 1
    assert report["fingers"]["set0/1"]["fnmr"] == 0.0
    assert report["fnmr_at_fmr"]["1e-1"] == pytest.approx(3 / 12)
    assert report["extract_ms"] > 0
    assert report["compare_per_s"] > 0
    assert "Each finger" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_run_that_lost_against_the_one_before_says_so_and_fails(folder: Path, tmp_path: Path) -> None:
    asked = ("evaluate", "fingerprint", folder, "--dpi", "500")
    kept = tmp_path / "kept.json"
    assert mlid(*asked, "--out", tmp_path / "first", "--save", kept).code == 0
    better = json.loads(kept.read_text(encoding="utf-8"))
    better |= {"fta": 0.0, "intervals": better["intervals"] | {"fta": [0.0, 0.01]}}
    kept.write_text(json.dumps(better), encoding="utf-8")
    lost = mlid(*asked, "--out", tmp_path / "lost", "--compare", kept)
    assert lost.code == 1
    assert "Significantly worse than the baseline: Failure to acquire, 0 % before, 10 % now." in lost.out
    assert (tmp_path / "lost" / "report.pdf").is_file()


def test_what_is_no_protocol_or_no_such_set_is_said(folder: Path, tmp_path: Path) -> None:
    assert mlid("evaluate", "fingerprint", folder, "--out", tmp_path, "--protocol", "some").code == 2
    (tmp_path / "unnamed.png").write_bytes(b"")
    with pytest.raises(UsageError, match="usage"):
        read_impressions([tmp_path])
