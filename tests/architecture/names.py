"""What the files of the checkout are called and what they define, for tests that hold sentences against the code."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, parsed


class Definitions:
    """The names in one Python file. ``top`` has what it binds at its top level, with the names that each has as members
    (None where they cannot be told from this file), ``classes`` which of these are classes, ``words`` every identifier,
    ``comments`` and ``docstrings`` what it says about itself."""

    def __init__(self, path: Path) -> None:
        tree = parsed(path)
        self.top = {name: members for statement in tree.body for name, members in _bound(statement)}
        nodes = list(ast.walk(tree))
        self.classes = frozenset(node.name for node in nodes if isinstance(node, ast.ClassDef))
        self.words = frozenset(_words(nodes))
        self.docstrings = tuple(_docstrings(nodes))
        self.comments = tuple(re.findall(r"(?m)(?:^|\s)# (.*)$", path.read_text(encoding="utf-8")))

    def resolves(self, attributes: list[str]) -> bool:
        """Whether the file defines ``attributes``, the second in the first; whatever the second has is its own."""
        if not attributes:
            return True
        members = self.top.get(attributes[0], set())
        return attributes[0] in self.top and (len(attributes) == 1 or members is None or attributes[1] in members)


def _bound(statement: ast.stmt) -> Iterator[tuple[str, set[str] | None]]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, set()
        case ast.ClassDef(name=name, bases=bases):
            members = {member for inner in statement.body for member, _ in _bound(inner)}
            own = {
                node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute) and _is_self(node.value)
            }
            plain = all(isinstance(base, ast.Name) and base.id in {"Protocol", "Enum", "StrEnum"} for base in bases)
            yield name, members | own if plain else None
        case ast.Assign(targets=targets):
            yield from (
                (node.id, None) for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
            )
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, None
        case ast.ImportFrom(names=names) | ast.Import(names=names):
            yield from ((alias.asname or alias.name.partition(".")[0], set()) for alias in names)
        case ast.If(body=body) | ast.Try(body=body):
            yield from (pair for inner in body for pair in _bound(inner))


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


@functools.cache
def _fields_with_names(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field for field in ("id", "attr", "arg", "name", "asname", "module") if field in fields)


def _words(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        for field in _fields_with_names(node._fields):
            value = getattr(node, field)
            if isinstance(value, str):
                yield from value.split(".")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value) if len(node.value) < 60 else ()


def _docstrings(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


class Checkout:
    """Paths of the repository and names that its Python files define."""

    def __init__(self) -> None:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        self.files = {name for name in listed if name and (ROOT / name).exists()}
        self.folders = {parent.as_posix() for name in self.files for parent in Path(name).parents} - {"."}
        self.modules = {
            name: Definitions(ROOT / name)
            for name in sorted(self.files)
            if name.endswith(".py") and name.startswith(("mlid_desktop/", "tests/", "installers/", "dev.py"))
        }
        self._by_ending: dict[str, list[str]] = {}
        for path in self.files | self.folders:
            parts = path.split("/")
            for begin in range(len(parts)):
                self._by_ending.setdefault("/".join(parts[begin:]), []).append(path)
        self.defined = {
            name
            for module in self.modules.values()
            for bound, members in module.top.items()
            for name in (bound, *(members or ()))
        }
        program = [module.words for name, module in self.modules.items() if not name.startswith("tests/")]
        self.words = frozenset(self.defined).union(*program)
        own = "tests/architecture/"  # whose examples name what is nowhere
        self.every_word = self.words.union(*(found.words for name, found in self.modules.items() if own not in name))

    def has_path(self, name: str) -> bool:
        """Whether a file or folder is called ``name``, by any ending of its path; ``*`` stands for any letters."""
        if "*" in name:
            return any(Path(path).match(name) for path in self.files)
        return name.strip("/") in self._by_ending

    def has_dotted(self, name: str) -> bool:
        """Whether ``name`` is a module, by any ending of its path, or what is defined in one, or a class's member."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            path = "/".join(parts[:length])
            if length == len(parts) and set(self._by_ending.get(path, ())) & self.folders:
                return True
            entries = [*self._by_ending.get(f"{path}.py", ()), *self._by_ending.get(f"{path}/__init__.py", ())]
            if any(found in self.modules and self.modules[found].resolves(parts[length:]) for found in entries):
                return True
        return any(parts[0] in module.classes and module.resolves(parts) for module in self.modules.values())

    def is_beside(self, word: str, path: str) -> bool:
        """Whether a module or a package called ``word`` stands in the folder of ``path``, or in the one above it."""
        folder = Path(path).parent
        near = [f"{parent.as_posix()}/{word}" for parent in (folder, folder.parent)]
        return any(path in self.folders or f"{path}.py" in self.files for path in near)

    def is_module(self, word: str) -> bool:
        """Whether a module or a package is called ``word``."""
        return f"{word}.py" in self._by_ending or word in self._by_ending


@functools.cache
def checkout() -> Checkout:
    """The checkout that the tests run in, read once."""
    return Checkout()
