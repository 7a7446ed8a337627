"""Reports: every key a script relies on, a page that stands alone, and baselines that can be compared with."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.comparisons import ComparisonResult, evaluate_comparisons
from mlid_desktop.evaluation.datasets import read_image_set, read_presentations
from mlid_desktop.evaluation.pairs import all_pairs
from mlid_desktop.evaluation.presentation_attacks.folders import evaluate_attacks
from mlid_desktop.evaluation.report.drawings import attack_drawings, comparison_drawings
from mlid_desktop.evaluation.report.report import (
    compare_baseline,
    comparison_document,
    headline_rates,
    run_context,
    save_baseline,
    write_report,
)
from mlid_desktop.station.attack_tests.judging import AttackResult
from mlid_desktop.station.attack_tests.report import attack_document
from mlid_desktop.station.text.language import open_language
from tests.unit.evaluation.pictures import PicturePipeline, corner, draw_clip, draw_people, open_file

ENGLISH = open_language(Path("nowhere"), "en")
HOSTILE = "<script>alert('a name')</script>"
VOID = frozenset({"meta", "br"})
FACE_KEYS = {"eer", "fnmr_at_fmr", "genuine", "impostor", "fta", "fte", "intervals", "step_ms", "plain"}
ATTACK_KEYS = {"apcer", "bpcer", "fta", "intervals", "step_ms"}
SHARED_KEYS = {"models", "dataset", "commit"}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> ComparisonResult:
    root = tmp_path_factory.mktemp("faces") / "set"
    draw_people(root, people=12, images=4, noise=45.0)
    images = read_image_set(root)
    groups = {HOSTILE: frozenset(range(6)), "others": frozenset(range(6, 12))}
    return evaluate_comparisons(
        images, all_pairs(images), PicturePipeline(), open_file, groups, lambda _done, _note: None, corner
    )


@pytest.fixture(scope="module")
def attacks(tmp_path_factory: pytest.TempPathFactory) -> AttackResult:
    root = tmp_path_factory.mktemp("attacks")
    for person in ("ada", "ben"):
        draw_clip(root / "live" / person, [220] * 6)
        draw_clip(root / "print" / person, [30] * 6)
    return evaluate_attacks(
        read_presentations(root / "live"),
        {HOSTILE: read_presentations(root / "print")},
        AttackRules(window=3, threshold=0.5),
        PicturePipeline(),
        open_file,
        lambda _done, _note: None,
    )


@pytest.fixture(params=["face", "attack"])
def report(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """Document and drawings of either kind."""
    around = run_context({"path": HOSTILE}, {"model.onnx": "0" * 64})
    if request.param == "face":
        result = request.getfixturevalue("faces")
        return comparison_document("face", result, around), comparison_drawings(result, ENGLISH)
    result = request.getfixturevalue("attacks")
    return attack_document(result, around), attack_drawings(result, ENGLISH)


class Page(HTMLParser):
    """Checks that every element that opens also closes, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Page:
    parsed = Page()
    parsed.feed(page)
    parsed.close()
    assert parsed.open == []
    return parsed


def test_both_kinds_have_the_keys_that_scripts_rely_on(faces: ComparisonResult, attacks: AttackResult) -> None:
    around = run_context({}, {})
    face, attack = comparison_document("face", faces, around), attack_document(attacks, around)
    assert face.keys() >= FACE_KEYS | SHARED_KEYS
    assert attack.keys() >= ATTACK_KEYS | SHARED_KEYS
    assert set(face["fnmr_at_fmr"]) == {"1e-1", "1e-2", "1e-3"}  # 1,056 impostor pairs
    assert set(face["intervals"]["fnmr_at_fmr"]) == {"1e-1", "1e-2", "1e-3"}
    assert set(attack["apcer"]) == {HOSTILE}
    assert set(face["step_ms"]) == {"look", "compare", "all"}
    assert set(face["plain"]) >= {"eer", "fnmr_at_fmr", "change", "genuine", "impostor"}


def test_the_files_carry_the_document_and_every_figure(
    report: tuple[dict[str, Any], dict[str, str]], tmp_path: Path
) -> None:
    document, drawings = report
    write_report(tmp_path / "new" / "out", document, drawings, HOSTILE, ENGLISH)
    assert json.loads((tmp_path / "new" / "out" / "report.json").read_text(encoding="utf-8")) == document
    text = (tmp_path / "new" / "out" / "report.html").read_text(encoding="utf-8")
    page = read(text)
    assert page.seen.count("figure") == page.seen.count("svg") == len(drawings) > 0
    assert page.seen.count("script") == 0
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', text) == []
    words = " ".join(page.words)
    assert HOSTILE in words
    for name, (rate, _) in headline_rates(document).items():
        assert f"{100 * rate:.3g} %" in words, name


def test_nothing_that_is_there_is_written_over_unless_that_is_asked(
    report: tuple[dict[str, Any], dict[str, str]], tmp_path: Path
) -> None:
    document, drawings = report
    (tmp_path / "report.html").write_text("of last week")
    with pytest.raises(UsageError) as fault:
        write_report(tmp_path, document, drawings, "title", ENGLISH)
    assert fault.value.code is Code.USAGE_OUTPUT_EXISTS
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    write_report(tmp_path, document, drawings, "title", ENGLISH, replace=True)
    save_baseline(tmp_path / "baseline.json", document)
    with pytest.raises(UsageError) as fault:
        save_baseline(tmp_path / "baseline.json", document)
    assert fault.value.code is Code.USAGE_OUTPUT_EXISTS


def test_every_drawing_is_well_formed(report: tuple[dict[str, Any], dict[str, str]]) -> None:
    for drawing in report[1].values():
        assert ET.fromstring(drawing).tag.endswith("svg")


def test_drawings_repeat_exactly(faces: ComparisonResult) -> None:
    assert comparison_drawings(faces, ENGLISH) == comparison_drawings(faces, ENGLISH)


def test_a_baseline_kept_is_a_baseline_met(report: tuple[dict[str, Any], dict[str, str]], tmp_path: Path) -> None:
    document = report[0]
    save_baseline(tmp_path / "baseline.json", document)
    compared = compare_baseline(tmp_path / "baseline.json", document)
    assert compared.keys() == headline_rates(document).keys()
    assert all(row["before"] == row["now"] and not row["worse"] for row in compared.values())


def test_a_rate_that_left_its_interval_is_worse(faces: ComparisonResult, tmp_path: Path) -> None:
    document = comparison_document("face", faces, run_context({}, {}))
    better = document | {"eer": 0.0, "intervals": document["intervals"] | {"eer": [0.0, document["eer"] / 2]}}
    save_baseline(tmp_path / "baseline.json", better)
    compared = compare_baseline(tmp_path / "baseline.json", document)
    assert compared["eer"] == {"before": 0.0, "now": document["eer"], "worse": True}
    assert not compared["fta"]["worse"]


@pytest.mark.parametrize(
    "untrusted",
    [b"", b"[]", b"{}", b'{"kind": "attack"}', b"\xff\xff", b"nonsense", b"[" * 100_000],
)
def test_what_is_no_report_of_this_kind_is_a_usage_fault(
    untrusted: bytes, faces: ComparisonResult, tmp_path: Path
) -> None:
    (tmp_path / "baseline.json").write_bytes(untrusted)
    with pytest.raises(UsageError) as fault:
        compare_baseline(tmp_path / "baseline.json", comparison_document("face", faces, {}))
    assert fault.value.code is Code.USAGE_BAD_DATASET


def test_hostile_values_in_a_baseline_are_passed_over(faces: ComparisonResult, tmp_path: Path) -> None:
    hostile = {"kind": "face", "eer": "low", "fta": True, "fte": 1e999, "fnmr_at_fmr": [1], "intervals": {"eer": [0]}}
    (tmp_path / "baseline.json").write_text(json.dumps(hostile))
    assert compare_baseline(tmp_path / "baseline.json", comparison_document("face", faces, {})) == {}


def test_places_that_cannot_be_written_or_read(faces: ComparisonResult, tmp_path: Path) -> None:
    document = comparison_document("face", faces, {})
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError) as fault:
        write_report(tmp_path / "file", document, {}, "title", ENGLISH)
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
    with pytest.raises(UsageError) as fault:
        save_baseline(tmp_path / "file" / "baseline.json", document)
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
    with pytest.raises(UsageError) as fault:
        compare_baseline(tmp_path / "missing.json", document)
    assert fault.value.code is Code.USAGE_PATH_MISSING
