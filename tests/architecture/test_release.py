"""What is handed out: declared dependencies, a lock that holds everywhere, no trace of the machine it was made on."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator

import pytest

import mlid_desktop
from tests.architecture.sources import PACKAGE, ROOT, imported

# Distributions that are imported under another name.
DISTRIBUTIONS = {
    "fpdf": "fpdf2",
    "PySide6": "pyside6-essentials",
    "shiboken6": "pyside6-essentials",
    "cv2": "opencv-python-headless",
    "zxingcpp": "zxing-cpp",
    "cv2_enumerate_cameras": "cv2-enumerate-cameras",
}
# A home folder or a scratch folder of somebody's machine, or a place that packages were fetched from.
MACHINE_TRACES = re.compile(rb"(?<![\w.])/(?:home|root|work|Users)/\w|file:///|[\w-]+\.pythonhosted\.org|://pypi\.")
TEXT_ENDINGS = (".py", ".toml", ".md", ".lock", ".po", ".pot", ".qss", ".svg", ".sh", "run", ".cfg", ".txt", ".json")


def declared(project: dict[str, object]) -> Iterator[str]:
    """Names of the distributions that the package asks for, extras included."""
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    dependencies = project["dependencies"]
    assert isinstance(dependencies, list)
    for requirement in [*dependencies, *(item for extra in extras.values() for item in extra)]:
        yield re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()


def settings() -> dict[str, dict[str, object]]:
    """pyproject.toml, read."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_import_is_a_declared_dependency() -> None:
    ours = {"mlid_desktop", *sys.stdlib_module_names}
    tops = {name.partition(".")[0] for path in PACKAGE.rglob("*.py") for name in imported(path)} - ours
    needed = {DISTRIBUTIONS.get(top, top).lower().replace("_", "-") for top in tops}
    assert needed - set(declared(settings()["project"])) == set()


@pytest.mark.parametrize("name", ["requirements.lock", "installers/requirements.lock"])
def test_every_locked_package_has_a_version_and_a_hash(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert requirements
    assert [
        line[:60] for line in requirements if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []


def test_the_lock_holds_what_the_package_asks_for_on_every_system() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    assert set(declared(settings()["project"])) - locked == set()


def test_no_package_of_the_build_has_another_version_than_the_program() -> None:
    pins = [
        dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "installers/requirements.lock")
    ]
    assert {name: version for name, version in pins[1].items() if pins[0].get(name, version) != version} == {}


def test_the_full_opencv_wheel_is_not_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"^opencv-(?:contrib-)?python==", lock, re.MULTILINE)


def test_no_file_tells_of_the_machine_it_was_made_on() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    names = [name for name in listed.decode().split("\0") if name.endswith(TEXT_ENDINGS)]
    present = [ROOT / name for name in names if (ROOT / name).is_file()]
    traces = {
        path.name: MACHINE_TRACES.findall(path.read_bytes()) for path in present if path.name != "test_release.py"
    }
    assert {name: found for name, found in traces.items() if found} == {}


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"\n## {mlid_desktop.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_picture_of_the_documents_is_there_and_none_lies_about() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    wanted = {
        (document.parent / picture).resolve()
        for document in documents
        for picture in re.findall(r'(?:\(|src="|srcset=")([^()"\s]+\.png)', document.read_text(encoding="utf-8"))
        if "://" not in picture
    }
    assert wanted == {path.resolve() for path in (ROOT / "docs" / "screenshots").glob("*.png")}
