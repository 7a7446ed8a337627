"""Reports: every key a script relies on, a page that stands alone, and baselines that can be compared with."""

from __future__ import annotations

import json
import re
from dataclasses import replace
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
from mlid_desktop.evaluation.report.baselines import save_baseline
from mlid_desktop.evaluation.report.conduct import comparison_notes
from mlid_desktop.evaluation.report.drawings import attack_drawings, comparison_drawings
from mlid_desktop.evaluation.report.headline_rates import headline_rates
from mlid_desktop.evaluation.report.report import (
    comparison_document,
    run_context,
    write_report,
)
from mlid_desktop.station.attack_tests.judging import AttackResult
from mlid_desktop.station.attack_tests.report import attack_document
from mlid_desktop.station.text.language import open_language
from tests.makers import ROOT
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
    assert (tmp_path / "new" / "out" / "report.pdf").read_bytes().startswith(b"%PDF")
    assert HOSTILE in words
    for name, (rate, _) in headline_rates(document).items():
        assert f"{100 * rate:.3g} %" in words, name


def test_a_report_says_how_it_was_tested_and_counts_failures(faces: ComparisonResult, tmp_path: Path) -> None:
    missed = replace(faces, fta=0.1, fte=0.05)
    document = comparison_document("face", missed, run_context({}, {}))
    refused = document["fnmr_at_fmr"]["1e-2"]
    lost = 0.05 + 0.95 * 0.1
    assert document["generalised"]["1e-2"]["gfrr"] == pytest.approx(lost + (1 - lost) * refused)
    assert document["generalised"]["1e-2"]["gfar"] == pytest.approx((1 - lost) * 0.01)
    counted = comparison_document("face", replace(missed, failures_match_nothing=True), run_context({}, {}))
    assert counted["generalised"]["1e-2"] == {"gfar": 0.01, "gfrr": refused}
    notes = comparison_notes(faces, ENGLISH)
    assert any("12 people with 48 samples: 4 to 4 each" in note for note in notes)
    assert not any("groups" in note for note in notes)
    assert any("nothing about groups" in note for note in comparison_notes(replace(faces, groups={}), ENGLISH))
    write_report(tmp_path, document, {}, "title", ENGLISH, notes=notes)
    words = " ".join(read((tmp_path / "report.html").read_text(encoding="utf-8")).words)
    for note in notes:
        assert note in words


@pytest.mark.parametrize("code", ["ar", "fr"])
def test_paper_is_written_in_every_language(code: str, faces: ComparisonResult, tmp_path: Path) -> None:
    language = open_language(ROOT / "resources" / "translations", code)
    document = comparison_document("face", faces, run_context({}, {}))
    drawn = comparison_drawings(faces, language)
    write_report(tmp_path, document, drawn, "title", language, notes=comparison_notes(faces, language))
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


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


def test_places_that_cannot_be_written_or_read(faces: ComparisonResult, tmp_path: Path) -> None:
    document = comparison_document("face", faces, {})
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError) as fault:
        write_report(tmp_path / "file", document, {}, "title", ENGLISH)
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
    with pytest.raises(UsageError) as fault:
        save_baseline(tmp_path / "file" / "baseline.json", document)
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
