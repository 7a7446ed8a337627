"""docs/architecture.md is a true map: every folder of the package is on it, and layers are those of the contracts."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PACKAGE, ROOT, imported, module_of

MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERED = {
    container.removeprefix("mlid_desktop."): contract["layers"]
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for container in contract["containers"]
}

FORBIDDING = [
    contract
    for contract in CONTRACTS
    if contract["type"] == "forbidden" and not contract["forbidden_modules"][0].startswith("mlid_desktop")
]
OF_SOME_ROOMS = {"pure", "client"}  # what two rooms and one do without, not who owns a library


def libraries() -> dict[str, set[str]]:
    """Each module of the package, with the libraries of others that it imports, late too."""
    return {
        module_of(path): {name.partition(".")[0] for name in imported(path)}
        - set(sys.stdlib_module_names)
        - {"mlid_desktop"}
        for path in PACKAGE.rglob("*.py")
    }


def room_of(module: str) -> str:
    """The room that a module stands in."""
    return ".".join(module.split(".")[:2])


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


def test_the_owners_of_libraries_are_those_of_the_map() -> None:
    table = MAP.partition("| room | imports (outside) |")[2].partition("\n\n")[0]
    said = {room: set(re.findall(r"\w+", words)) for room, words in re.findall(r"(?m)^\| `(\w+)` \| (.*) \|$", table)}
    used: dict[str, set[str]] = {}
    for module, names in libraries().items():
        used.setdefault(room_of(module).rpartition(".")[2], set()).update(names)
    every = set().union(*used.values())
    assert {room: words & every for room, words in said.items()} == {
        room: names for room, names in used.items() if names
    }


@pytest.mark.parametrize("contract", FORBIDDING, ids=lambda contract: contract["id"])
def test_a_contract_about_a_library_leaves_out_its_owners_alone(contract: dict[str, list[str]]) -> None:
    """A room that is added is in no contract until somebody writes it there: it could use any library meanwhile."""
    held = tuple(contract["source_modules"])
    using = {module for module, names in libraries().items() if names & set(contract["forbidden_modules"])}
    free = {module for module in libraries() if not any(f"{module}.".startswith(f"{source}.") for source in held)}
    rooms = {room_of(module) for module in free} - {"mlid_desktop"}
    assert str(contract["id"]) in OF_SOME_ROOMS or rooms <= {room_of(module) for module in using}
