"""The components of this program: its version, and the libraries it uses with their licences."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

from mlid_desktop.domain.templates import Grade
from mlid_desktop.models.store import ModelStore

OWN, OWN_LICENCE = "mlid-desktop", "Apache-2.0"
LIBRARIES = (
    "PySide6-Essentials", "opencv-python-headless", "onnxruntime", "numpy", "scipy", "sounddevice", "soundfile",
    "phonenumbers", "zxing-cpp", "uvicorn", "psycopg",
    "cryptography", "sqlcipher3-wheels", "SQLAlchemy", "pydantic", "typer", "rich", "httpx", "fpdf2", "matplotlib",
)  # fmt: skip  # what a reader would look for; everything else is in the bill of materials

LICENCES = "License :: OSI Approved :: "
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Component:
    """A library that the program uses, by name, version and licence."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model file as the administration page lists it: ``state`` is installed, missing or changed, ``size`` in
    bytes."""

    role: str
    file: str
    state: str
    grade: Grade
    licence: str
    size: int


def list_models(store: ModelStore) -> tuple[InstalledModel, ...]:
    """The models that are needed, and the others that are installed."""
    return tuple(
        InstalledModel(state.role, state.file, str(state.state), state.grade, state.licence, state.size)
        for state in store.state()
        if state.chosen or str(state.state) != "missing"
    )


def own_version() -> str:
    """Version of this program."""
    try:
        return metadata.version(OWN)
    except metadata.PackageNotFoundError:
        return ""


def described_system() -> str:
    """The operating system, its version and kind of processor, and the version of Python."""
    release = platform.release().partition("-")[0]  # what follows is the builder's, and may name them
    return f"{platform.system()} {release} {platform.machine()}, Python {platform.python_version()}"


def list_components() -> tuple[Component, ...]:
    """The components among the known libraries that are installed."""
    result = []
    for name in LIBRARIES:
        try:
            package = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        result.append(Component(name, package["Version"], _licence(package)))
    return tuple(result)


def _licence(package: metadata.PackageMetadata) -> str:
    """A library's licence by name: some packages put the whole text in that field."""
    classified = [
        classifier.rpartition(" :: ")[2]
        for classifier in package.get_all("Classifier") or ()
        if classifier.startswith(LICENCES)
    ]
    named = [package["License-Expression"] or "", package["License"] or "", *classified]
    return next((name for name in named if name and len(name) <= LONGEST_NAME and "\n" not in name), "")
