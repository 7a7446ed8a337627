"""The shape of the package: no circle of files, and no folder that is a shelf."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.sources import PACKAGE, name_of, package_graph

CHILDREN_MAX = 16
FAMILIES = {  # longer, because the children are of one kind
    "mlid_desktop/cli": "a file for each group of commands",
    "mlid_desktop/synthetic/face": "the parts of one drawn head",
    "mlid_desktop/modalities/fingerprint": "the steps from an image to a comparison, named alike in every modality",
}


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Groups of modules each of which imports the others, directly or by others."""
    reached = {name: reachable(graph, name) for name in graph}
    found: list[set[str]] = []
    for name in graph:
        circle = {other for other in reached[name] if name in reached[other]}
        if circle and circle not in found:
            found.append(circle)
    return found


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    """Every module at the end of some way of imports from this one; itself only where a way leads back."""
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(graph[name])
    return seen


def children(folder: Path) -> list[str]:
    inside = [path for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    return [path.name for path in inside if path.name != "__init__.py"]


def folders() -> list[Path]:
    return sorted({path.parent for path in PACKAGE.rglob("*.py")})


def test_no_file_imports_itself_by_way_of_others() -> None:
    assert circles(package_graph()) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [{"b", "c"}]


def test_no_folder_has_more_children_than_can_be_seen_at_a_glance() -> None:
    sizes = {name_of(folder): len(children(folder)) for folder in folders()}
    assert {name for name, size in sizes.items() if size > CHILDREN_MAX} - set(FAMILIES) == set()


def test_every_family_is_still_longer_than_a_folder_may_be() -> None:
    sizes = {name_of(folder): len(children(folder)) for folder in folders()}
    assert {name for name in FAMILIES if sizes.get(name, 0) <= CHILDREN_MAX} == set()
