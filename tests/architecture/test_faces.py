"""What the window and the command line may reach: services of the station, never the vault behind them."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, name_of, parsed

FACES = ("gui", "cli")
BEHIND_THE_SERVICES = {"vault", "vault_session", "_vault", "desk"}
UNDER_THE_STATION = ("decision", "devices", "domain", "modalities", "models", "site_fields", "vault", "workflow")
READ_TOGETHER = (  # rooms whose public classes one file may import side by side
    ("station", *UNDER_THE_STATION),
    ("evaluation", "station", *UNDER_THE_STATION),
    ("gui", "station", "decision", "domain", "modalities", "site_fields", "workflow"),
    ("cli", "station", "decision", "domain", "site_fields", "workflow"),
    ("gui", "api"),
    ("api", "station", "domain"),
    ("cli", "evaluation", "api"),
)


def attributes(path: Path) -> set[str]:
    """Every name that the file asks of something by a dot."""
    return {node.attr for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}


def test_no_face_reaches_through_to_the_vault() -> None:
    """A session's services answer; the vault, and what stands between the two, are theirs."""
    files = [path for face in FACES for path in (PACKAGE / face).rglob("*.py")]
    reached = {name_of(path): sorted(attributes(path) & BEHIND_THE_SERVICES) for path in files}
    assert {name: names for name, names in reached.items() if names} == {}


def test_a_stage_is_set_by_an_event_and_never_by_hand() -> None:
    """Outside ``workflow`` a session becomes another by ``advance`` alone."""
    guilty = []
    for path in PACKAGE.rglob("*.py"):
        if PACKAGE / "workflow" in path.parents:
            continue
        calls = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
        replaced = (call for call in calls if ast.unparse(call.func).rpartition(".")[2] in {"replace", "__replace__"})
        guilty += [name_of(path) for call in replaced if "stage" in {keyword.arg for keyword in call.keywords}]
    assert guilty == []


@pytest.mark.parametrize("rooms", READ_TOGETHER, ids=" and ".join)
def test_no_class_is_named_twice_where_both_can_be_imported(rooms: tuple[str, ...]) -> None:
    """A class whose name begins with a low line is its file's own, and is left out."""
    where = defaultdict(set)
    for room in rooms:
        assert (PACKAGE / room).is_dir()
        for path in (PACKAGE / room).rglob("*.py"):
            for node in parsed(path).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    where[node.name].add(name_of(path))
    assert {name: sorted(paths) for name, paths in where.items() if len(paths) > 1} == {}
