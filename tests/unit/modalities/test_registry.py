"""One row a modality: complete, cheap to import, and in agreement with what policies and the catalogue say."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from mlid_desktop.decision.policy import read_policy
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.modality_facts import ModalityTerms
from mlid_desktop.modalities.modality_row import ModalityRow
from mlid_desktop.modalities.registry import REGISTRY, ROWS
from mlid_desktop.station.documents.measured_accuracy import read_measured_accuracy
from tests.architecture.sources import PACKAGE, parsed
from tests.makers import ROOT

NO_SENTENCES = {"icon", "sign", "addresses"}
MAY_BE_EMPTY = {"prompt", "sign", "fooled_unchecked"}
RESOURCES = ROOT / "resources"
HEAVY = ("cv2", "scipy", "onnxruntime", "sounddevice")


def test_every_modality_has_one_row() -> None:
    assert [row.facts.modality for row in ROWS] == list(Modality)
    assert set(REGISTRY) == set(Modality)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.facts.modality.value)
def test_whatever_is_said_of_a_modality_is_in_the_catalogue(row: ModalityRow) -> None:
    with (RESOURCES / "translations" / "mlid.pot").open("rb") as file:
        known = {message.id for message in read_po(file)}
    terms = {field.name: getattr(row.facts.terms, field.name) for field in fields(ModalityTerms)}
    assert {name for name, said in terms.items() if not said} <= MAY_BE_EMPTY
    assert {said for name, said in terms.items() if said and name not in NO_SENTENCES} - known == set()
    for icon in filter(None, (terms["icon"], terms["sign"])):
        assert (RESOURCES / "icons" / f"{icon}.svg").is_file()


@pytest.mark.parametrize("policy", sorted((RESOURCES / "policy").glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_policies_let_no_modality_do_what_its_row_denies(policy: Path) -> None:
    rules = read_policy(policy.read_bytes())
    for row in ROWS:
        modality = row.facts.modality
        assert not (row.facts.supports_only and modality in rules.comparison.primary)
        assert modality in rules.capture


def test_figures_are_shipped_for_every_modality_and_for_built_in_models() -> None:
    assert set(read_measured_accuracy(RESOURCES)) == set(REGISTRY)
    builtin = read_measured_accuracy(RESOURCES, builtin=True)
    changed = {row.facts.modality for row in ROWS if row.builtin is not None}
    assert {
        modality for modality, figures in read_measured_accuracy(RESOURCES).items() if builtin[modality] != figures
    } == changed


def test_the_registry_imports_no_library_that_takes_long() -> None:
    script = f"import sys, mlid_desktop.modalities.registry; print(*(one for one in {HEAVY!r} if one in sys.modules))"
    started = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert started.stdout.split() == []


def by_modality(tree: ast.AST) -> list[int]:
    """Lines where a table is written out by modality: a dictionary with two of them, or more, as its keys."""
    tables = (node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    keys = {table.lineno: [ast.unparse(key) for key in table.keys if key is not None] for table in tables}
    return [line for line, names in keys.items() if sum(name.startswith("Modality.") for name in names) > 1]


def test_what_differs_by_modality_stands_in_its_row() -> None:
    """A table elsewhere would lack the next modality, and be found by whoever falls over it."""
    found = {path.name: by_modality(parsed(path)) for path in PACKAGE.rglob("*.py")}
    joined = {"evaluate_fusion.py"}  # measures faces and fingers of joined people, and means these two
    simulated = {"source_choices.py"}  # what stands behind a scheme of the window's own people
    assert {name for name, lines in found.items() if lines} == joined | simulated
