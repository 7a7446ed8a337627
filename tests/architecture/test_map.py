"""docs/architecture.md is a true map: every folder of the package is on it, and layers are those of the contracts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PACKAGE, ROOT

MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERED = {
    container.removeprefix("mlid_desktop."): contract["layers"]
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for container in contract["containers"]
}


def drawn_folders() -> Iterator[str]:
    """The folders of the tree on the map, by their path in the package."""
    above: list[tuple[int, str]] = []
    for indent, name in re.findall(r"(?m)^( {4,})(\w+)/ ", MAP):
        above = [(depth, folder) for depth, folder in above if depth < len(indent)]
        above.append((len(indent), name))
        yield "/".join(folder for _, folder in above)


def names(layer: str) -> set[str]:
    """The modules that stand in one layer."""
    return set(re.findall(r"\w+", layer))


def test_every_folder_of_the_package_is_on_the_map() -> None:
    there = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")} - {"."}
    assert set(drawn_folders()) == there


def test_the_rooms_stand_as_the_contract_has_them() -> None:
    house = MAP.partition("## The house at a glance")[2].partition("## ")[0]
    drawn = [names(row) for row in re.findall(r"(?m)^ {4}([\w |]+?)(?: {2,}|$)", house)]
    assert drawn == [names(layer) for layer in LAYERED["mlid_desktop"]]


@pytest.mark.parametrize("room", sorted(set(LAYERED) - {"mlid_desktop"}))
def test_the_layers_inside_a_room_stand_as_the_contract_has_them(room: str) -> None:
    rows = re.findall(rf"(?m)^\| `{re.escape(room)}` \| (.*·.*) \|$", MAP)
    assert [[names(layer) for layer in row.split("·")] for row in rows] == [[names(layer) for layer in LAYERED[room]]]
