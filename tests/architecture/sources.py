"""The checkout as these tests read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mlid_desktop"
# The files of gui, by folder, that put something on the screen: they alone know Qt.
VIEW_FILES = {
    "administration": "actions audit_filter desk_report model_actions page",
    "administration/section": "parts view",
    "administration/fields": "actions dialog",
    "administration/calibration": "actions dialog",
    "administration/callers": "actions question",
    "administration/attack_test": "actions dialog",
    "administration/desks": "actions making_dialog",
    "capture": "challenge_widgets gauges panel portraits preview voice_panel voice_widgets",
    "device_setup": "check_rows device_tabs device_trial page pin_page source_list trust_page",
    "enrol": (
        "attempts_page code_scan capture_steps fingers_step form_steps hands_diagram review_parts receipt "
        "review_steps unsaved_enrolment view voice_step"
    ),
    "figures": "charts page",
    "home": "notices_page page setup_banner tiles",
    "identify": "candidates_table probe_page view",
    "page": "language_button page printing second_person view wording_dialog",
    "records": "actions correction finder page people_table portrait_section receipt_scan record_panel renewal",
    "state": "bridge desk_readiness gallery_warming interface model_installation register_following web_page workspace",
    "theme": "style",
    "transparency": "intervals page",
    "unlock": "join_page page restore_page",
    "verify": (
        "check_in_captures check_in_cards check_in_frame check_in_page check_in_spot check_page decision_card "
        "decision_page find_page release_question view without_biometrics"
    ),
    "widgets": (
        "announcing consent_reading controls dialogs elements field_form file_dialogs fitting_area focus footer "
        "moving_line scan_guard secret_help server_form step_line wrapping_row"
    ),
    "window": (
        "app auto_lock controller crash help_window link_handler main_window managed outline request_bar "
        "request_opener second_screen top_bar"
    ),
    "window/setup": "step_list step_page view",
}


def name_of(path: Path) -> str:
    """The path as the repository says it, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def python_files() -> list[Path]:
    """Every Python file that is ours."""
    folders = (PACKAGE, ROOT / "tests", ROOT / "installers")
    return [ROOT / "dev.py", *sorted(path for folder in folders for path in folder.rglob("*.py"))]


@cache
def parsed(path: Path) -> ast.Module:
    """The file, taken apart once for the rules that look at it; nobody changes what they are given. ``conftest.py``
    lets go of all trees after the last rule."""
    return ast.parse(path.read_bytes(), str(path))


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Modules that the file imports, wherever in it, late imports too."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def module_of(path: Path) -> str:
    """The name by which a file of the package is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_view(path: Path) -> bool:
    """Whether the file shows something on the screen: the only ones that may know Qt."""
    gui = PACKAGE / "gui"
    if not path.is_relative_to(gui):
        return False
    return path.stem in VIEW_FILES.get(path.parent.relative_to(gui).as_posix(), "").split()


def package_graph() -> dict[str, set[str]]:
    """Which module of the package imports which others of it, wherever in the file it says so."""
    known = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    return {name: {module for module in named_in(path) if module in known} - {name} for name, path in known.items()}


@cache
def named_in(path: Path) -> tuple[str, ...]:
    """Every module that the file may import, late and for type checks too; what is imported from a package may be a
    module of it."""
    return tuple(_named_in(path))


def _named_in(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _is_import_module(node.func) and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def _is_import_module(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name == "import_module"
