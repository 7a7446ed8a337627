"""What the program defines, the program uses: what only tests call stands with the tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import PACKAGE, ROOT, name_of, parsed

SHORT = 60  # characters of a string that may name what is called by its name: a slot, a command, a late import
CALLED_FROM_OUTSIDE = {  # by the library whose class they extend, under a name that it chose
    "columnCount", "expandingDirections", "headerData", "itemAt", "mousePressEvent",
    "format_commands", "list_commands", "handle_starttag", "seekable", "writable",
}  # fmt: skip  # Qt, click, the parser of HTML and streams
SEEN_BY_TESTS = {
    "hidden_digits": "a digit fades, and only the card knows how far",
    "second_screen": "a window of its own, which the main window neither holds nor leads to",
    "uninstall": "undoes what is installed for the whole process",
}


def defined(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Functions, methods and classes that a file defines, but those that a decorator hands to somebody."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("__"):
            handed = any(
                re.search(r"command|callback|validator|overload", ast.unparse(of)) for of in node.decorator_list
            )
            if not handed:
                yield node.name, node.lineno


def used(tree: ast.AST) -> Iterator[str]:
    """Every name that a file asks for, also within a short string."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
                yield name
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names if alias.asname is not None)
            case ast.Constant(value=str(text)) if len(text) < SHORT:
                yield from re.findall(r"\w+", text)


def unused() -> dict[str, str]:
    """What is defined in the package and asked for nowhere in the program, with where it stands."""
    trees = {path: parsed(path) for path in sorted(PACKAGE.rglob("*.py"))}
    others = [ROOT / "dev.py", *(path for name in ("installers", "training") for path in (ROOT / name).rglob("*.py"))]
    asked = {name for tree in (*trees.values(), *map(parsed, others)) for name in used(tree)}
    return {
        name: f"{name_of(path)}:{line}"
        for path, tree in trees.items()
        for name, line in defined(tree)
        if name not in asked
    }


def test_nothing_is_defined_that_no_program_uses() -> None:
    found = unused()
    assert {name: where for name, where in found.items() if name not in CALLED_FROM_OUTSIDE | set(SEEN_BY_TESTS)} == {}
    assert set(found) >= CALLED_FROM_OUTSIDE | set(SEEN_BY_TESTS), "an exception that is needed no more"


def test_a_use_is_a_call_a_reference_or_a_name_in_a_string() -> None:
    source = 'def f(): pass\nf()\ng = h.i\nfrom k import l as m\nconnect("slot()")\nclass J: pass\n'
    assert set(used(ast.parse(source))) >= {"f", "h", "i", "l", "slot"}
    assert [name for name, _ in defined(ast.parse(source))] == ["f", "J"]
    assert "J" not in set(used(ast.parse(source)))
