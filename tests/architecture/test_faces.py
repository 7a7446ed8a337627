"""What the window and the command line may reach: services of the station, never the vault behind them."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.sources import PACKAGE, name_of, parsed

FACES = ("gui", "cli")
BEHIND_THE_SERVICES = {"vault", "vault_session", "_vault", "desk"}


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
