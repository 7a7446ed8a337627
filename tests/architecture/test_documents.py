"""Documents and docstrings name files, modules and definitions that are there, by whatever short form they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.vault.audit.events import EVENTS
from tests.architecture.names import checkout
from tests.architecture.sources import ROOT, name_of

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / folder / "README.md" for folder in ("installers", "training")),
    ROOT / "mlid_desktop" / "vault" / "FORMAT.md",
]
TOP = ("mlid_desktop", "tests", "docs", "installers", "training")
ROOMS = tuple(sorted(path.name for path in (ROOT / "mlid_desktop").iterdir() if path.is_dir() and path.name[0] != "_"))
# A path is whatever ends like a file of ours, and whatever begins with a folder at the top or with a room.
FILE = re.compile(r"(?<![\w/.:<>%\\-])[\w*-][\w*./-]*\.(?:py|md|toml|lock)\b(?!\.)")
FOLDER = re.compile(rf"(?<![\w/.:-])(?:{'|'.join((*TOP, *ROOMS))})/[\w*./-]*[\w*/]")
CODE = re.compile(r"`+([^`]+)`+")
DOTTED = re.compile(r"(?<![\w./:%-])\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
CALLED = re.compile(r"(?<![\w./:-])\.?([A-Za-z_]\w{3,})\(")
CLASS = re.compile(r"(?<![\w./:-])([A-Z]\w*[a-z]\w*[A-Z]\w*)\b")
CONSTANT = re.compile(r"[A-Z]{4,}(?:_[A-Z]+)*|[A-Z]+(?:_[A-Z]+)+")
WORDS_FOR_PROGRAMS = frozenset({code.value for code in Code} | EVENTS)
TEST = re.compile(r"(test_\w+\.py)::(\w+)")
BARE_TEST = re.compile(r"(?<![\w./:])test_\w+(?!\w*\.py)")
ROLE = re.compile(r":(?:class|func|meth|attr|data|mod|exc):`~?([\w.]+)`")
LITERAL = re.compile(r"(?<![:`])``([^`]+)``")
LINK = re.compile(r"\]\(([^)#\s]+)")
# Files that a person or a build makes, by the names that documents give to them, and names of Windows' registry.
MADE_LATER = {"policy.toml", "mlid_desktop/resources"}
OTHERS_NAMES = {"DisplayVersion", "CurrentVersion", "PGPASSWORD", "QT_QPA_PLATFORM_PLUGIN_PATH"}
FIRST_BYTES = {"MLFT"}  # by which files of ours are known
PLACEHOLDER = re.compile(r"(?<![A-Za-z])(?:NAME|LANG|KIND|FILE|FOLDER)(?![A-Za-z])")  # for what the reader chooses
# Files of other programs, of a vault and of models, and fields of a format: no names in our code.
FOREIGN_ENDINGS = (
    ".png", ".jpg", ".wav", ".mp4", ".onnx", ".tflite", ".exe", ".deb", ".AppImage", ".tar", ".xz", ".msi", ".dmg",
    ".pem", ".pdf", ".fmr", ".npz", ".csv", ".json", ".html", ".ext", ".keys", ".db", ".new", ".old", ".next",
    ".mlid", ".restoring", ".rotation", ".verify_key", ".jp2", ".j2k", ".wsq", ".fir", ".iso",
    ".crt", ".key", ".conf", ".org",
)  # fmt: skip


def is_known(dotted: str) -> bool:
    """Whether a dotted name is ours, a word that programs read, or of a package that can be imported here."""
    head, _, rest = dotted.partition(".")
    if not head:
        return rest.partition(".")[0] in checkout().words
    if (
        dotted in WORDS_FOR_PROGRAMS
        or dotted.endswith(FOREIGN_ENDINGS)
        or head == "LICENSE"
        or PLACEHOLDER.search(dotted)
    ):
        return True
    return checkout().has_dotted(dotted) or (not checkout().is_module(head) and find_spec(head) is not None)


def unknown_paths(text: str) -> Iterator[str]:
    """Paths in a text that lead nowhere."""
    named = dict.fromkeys(name for pattern in (FILE, FOLDER) for name in pattern.findall(text))
    for name in named:
        if PLACEHOLDER.search(name):
            continue
        ours = name not in MADE_LATER and Path(name).name not in MADE_LATER and not name.endswith(FOREIGN_ENDINGS)
        if ours and not checkout().has_path(name):
            yield name


def unknown_names(text: str) -> Iterator[str]:
    """Names between backticks that nothing of ours bears: dotted ones, calls, names of classes and constants that
    stand alone."""
    for code in CODE.findall(text):
        if CONSTANT.fullmatch(code) and not PLACEHOLDER.search(code):
            yield from {code} - checkout().every_word - OTHERS_NAMES - FIRST_BYTES
        yield from (name for name in DOTTED.findall(code) if not FILE.search(name) and not is_known(name))
        yield from (name for name in CALLED.findall(code) if name not in checkout().words)
        yield from (name for name in CLASS.findall(code) if name not in checkout().words | OTHERS_NAMES)


def unknown_tests(text: str) -> Iterator[str]:
    """Tests that no file of that name has; a document may give the beginning of a name."""
    words = {word for path, module in checkout().modules.items() if path.startswith("tests/") for word in module.words}
    stems = {Path(path).stem for path in checkout().modules}
    for name in BARE_TEST.findall(text):
        if not any(word.startswith(name) for word in words | stems):
            yield name
    for file, name in TEST.findall(text):
        modules = [module for path, module in checkout().modules.items() if path.endswith(f"/{file}")]
        if not any(word.startswith(name) for module in modules for word in module.words):
            yield f"{file}::{name}"


def unknown_in_docstring(text: str, path: str) -> Iterator[str]:
    """References in a docstring that lead nowhere: to a file, to a definition, to a module beside its own."""
    yield from unknown_paths(text)
    module = checkout().modules[path]
    for name in ROLE.findall(text):
        near = name in module.words or name in checkout().defined
        if not (near if "." not in name else checkout().has_dotted(name.lstrip(".")) or is_known(name)):
            yield name
    for literal in LITERAL.findall(text):
        for name in DOTTED.findall(literal):
            if name.partition(".")[0] not in module.words and not FILE.search(name) and not is_known(name):
                yield name
        near = literal in module.words or literal in checkout().defined or checkout().is_beside(literal, path)
        if re.fullmatch(r"[a-z]+(?:_[a-z]+)+", literal) and not near:
            yield literal


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert [*unknown_paths(text), *unknown_names(text), *unknown_tests(text)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    links = [link for link in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_what_docstrings_and_comments_name_is_there() -> None:
    stale = [
        (path, name)
        for path, module in checkout().modules.items()
        if path.startswith("mlid_desktop/")
        for name in (
            *(name for text in module.docstrings for name in unknown_in_docstring(text, path)),
            *(name for text in module.comments for name in unknown_paths(text)),
        )
    ]
    assert stale == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see station/errands.py", ["station/errands.py"]),
        ("see errands.py", ["errands.py"]),
        ("`station.errands.Errands` does it", ["station.errands.Errands"]),
        ("`mlid_desktop.station.errands`", ["mlid_desktop.station.errands"]),
        ("the folder gui/views/ and `gui/presenters`", ["gui/views/", "gui/presenters"]),
        ("`POLICIES_OF_BEFORE` and `CUSTODIANS`", ["POLICIES_OF_BEFORE", "CUSTODIANS"]),
        ("`HelperlessProcess` and `furnished_room(…)`", ["HelperlessProcess", "furnished_room"]),
        ("station/assemble.py, `station.assemble`, `catalog.list_devices()`, `domain/`", []),
    ],
)
def test_a_name_of_nothing_is_found_in_every_short_form(text: str, found: list[str]) -> None:
    assert [*unknown_paths(text), *unknown_names(text)] == found
