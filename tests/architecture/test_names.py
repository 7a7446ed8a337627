"""What may be called how: a name says which of the words of the trade the thing is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PACKAGE, ROOT, name_of, parsed, python_files

SAY_NOTHING = {"one", "ones", "place", "places", "some", "somebody", "stuff", "thing", "things"}


def given_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a file gives, with its line: of variables, fields, parameters, functions, classes and imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield node.lineno, name
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                yield from ((node.lineno, alias.asname) for alias in names if alias.asname is not None)


def names_that_say_nothing(tree: ast.AST) -> list[tuple[int, str]]:
    """Names of a file that could stand for anything, with their lines."""
    return [(line, name) for line, name in given_names(tree) if name.strip("_").lower() in SAY_NOTHING]


def test_nothing_is_called_by_a_word_that_could_stand_for_anything() -> None:
    """``place`` was a page, a folder, an index, a position and a field of a form at once, ``one`` a person, a device, a
    suspicion or a frame: who reads a line had to read the loop around it, or the caller, to know what is meant. A name
    says what it is (``person``, ``folder``, ``index``), in the words of the trade where it has one (``subject``,
    ``sample``, ``probe``). Longer names may hold such a word, where it counts: ``one_waits``, ``leave_one_out``."""
    files = [*python_files(), *sorted((ROOT / "training").rglob("*.py"))]
    found = {name_of(path): names_that_say_nothing(parsed(path)) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "one = 1",
        "for place in (1, 2): pass",
        "[thing for thing in (1, 2)]",
        "_one = 1",
        "PLACES = (1, 2)",
        "(somebody := 1)",
        "def f(place): pass",
        "lambda one: 1",
        "def f(*things): pass",
        "def one(): pass",
        "class Place: pass",
        "class A:\n    place: int = 0",
        "self.place = 1",
        "import os as stuff",
        "from os import path as place",
        "with open('a') as one: pass",
        "try: pass\nexcept ValueError as one: pass",
        "match 1:\n    case one: pass",
        "match 1:\n    case [*some]: pass",
        "match 1:\n    case {**things}: pass",
        "a, (one, b) = 1, (2, 3)",
    ],
)
def test_every_way_to_give_a_name_is_seen(source: str) -> None:
    assert len(names_that_say_nothing(ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source", ["one_waits = True", "print(one)", "f(place=1)", "a = table.c.place", "class Placement: pass"]
)
def test_a_longer_name_and_a_mere_use_are_let_pass(source: str) -> None:
    assert names_that_say_nothing(ast.parse(source)) == []


def test_no_two_classes_have_one_name() -> None:
    """A name in an import, a log or a search leads to one class. Where two things are called alike in daily speech,
    each says which it is: a ``Touch`` that a template keeps, the ``TouchParameters`` of a finger that is drawn."""
    where = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef):
                where[node.name].append(name_of(path))
    assert {name: sorted(paths) for name, paths in where.items() if len(paths) > 1} == {}
