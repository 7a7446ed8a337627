"""The shape of the package: no circle of files or of folders, no folder that is a shelf, and tests where their module
is."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.sources import PACKAGE, ROOT, name_of, package_graph

CHILDREN_MAX = 16
FAMILIES = {  # longer, because the children are of one kind
    "mlid_desktop/cli": "a file for each group of commands",
    "mlid_desktop/synthetic/face": "the parts of one drawn head",
    "mlid_desktop/modalities/fingerprint": "the steps from an image to a comparison, named alike in every modality",
}

OF_SEVERAL_FOLDERS = {"vault/register"}  # two desks and a server: what they share is in store and unlocked
LEADS_BACK = {  # folders whose files and folders use one another both ways, though no file does
    "mlid_desktop.vault.unlocked": "erasing drops what a desk noted of people for its register, which erases them too",
    "mlid_desktop.vault.unlocked.register": "a write fetches what is new first, and a fetch notes what is to be sent",
    "mlid_desktop.workflow": "the records of a capture are its base, those of an enrolment are made of captures",
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


def folder_graph(graph: dict[str, set[str]], folder: str) -> dict[str, set[str]]:
    """Which file or folder right inside ``folder`` imports which others there, anywhere within."""
    found: dict[str, set[str]] = {}
    for name, imported in graph.items():
        if name.startswith(f"{folder}."):
            own = child_of(name, folder)
            near = {child_of(other, folder) for other in imported if other.startswith(f"{folder}.")}
            found.setdefault(own, set()).update(near - {own})
    return {name: others & found.keys() for name, others in found.items()}


def child_of(name: str, folder: str) -> str:
    """The file or folder right inside ``folder`` in which a module stands."""
    return name.removeprefix(f"{folder}.").partition(".")[0]


def children(folder: Path) -> list[str]:
    inside = [path for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    return [path.name for path in inside if path.name != "__init__.py"]


def folders() -> list[Path]:
    return sorted({path.parent for path in PACKAGE.rglob("*.py")})


def test_no_file_imports_itself_by_way_of_others() -> None:
    assert circles(package_graph()) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [{"b", "c"}]


def test_no_folder_imports_itself_by_way_of_its_neighbours() -> None:
    graph = package_graph()
    parents = {name.rpartition(".")[0] for name in graph if "." in name}
    assert {folder for folder in parents if circles(folder_graph(graph, folder))} == set(LEADS_BACK)


def test_an_import_that_runs_back_up_is_found() -> None:
    graph = {"house.above.a": {"house.below"}, "house.below": {"house.above.b"}, "house.above.b": set[str]()}
    assert circles(graph) == []
    assert circles(folder_graph(graph, "house")) == [{"above", "below"}]


def test_a_test_stands_where_its_module_does() -> None:
    """A file of tests that is called as a module of its room stands in that module's folder."""
    homes: dict[tuple[str, str], set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        folder = path.parent.relative_to(PACKAGE).as_posix()
        homes.setdefault((folder.partition("/")[0], path.stem), set()).add(folder)
    stray = {}
    for path in (ROOT / "tests" / "unit").rglob("test_*.py"):
        folder = path.parent.relative_to(ROOT / "tests" / "unit").as_posix()
        wanted = homes.get((folder.partition("/")[0], path.stem.removeprefix("test_")), {folder})
        if folder not in wanted | OF_SEVERAL_FOLDERS:
            stray[name_of(path)] = sorted(wanted)
    assert stray == {}


def test_no_folder_has_more_children_than_can_be_seen_at_a_glance() -> None:
    sizes = {name_of(folder): len(children(folder)) for folder in folders()}
    assert {name for name, size in sizes.items() if size > CHILDREN_MAX} - set(FAMILIES) == set()


def test_every_family_is_still_longer_than_a_folder_may_be() -> None:
    sizes = {name_of(folder): len(children(folder)) for folder in folders()}
    assert {name for name in FAMILIES if sizes.get(name, 0) <= CHILDREN_MAX} == set()
