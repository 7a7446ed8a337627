"""The bill of materials (CycloneDX 1.5, JSON) and the licence texts of everything that is shipped.

What is shipped is what PyInstaller collected: each file is traced to the distribution whose record names it.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import sysconfig
import uuid
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from typing import Any

from installers.pyinstaller import ROOT, BuildError, Plan
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.pins import PinnedFile

SBOM_FILE = "sbom.cdx.json"
TEXTS = ROOT / "installers" / "licence-texts"
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors|thirdparty|third-party)[^/]*$", re.IGNORECASE)
CODE = (".py", ".pyc", ".pyi", ".so", ".dll", ".pyd")
# Distributions whose wheels carry no licence text, and the texts that they name in their metadata.
TEXTS_NOT_IN_THE_WHEEL = {
    "pyside6-essentials": ("LGPL-3.0.txt", "GPL-3.0.txt"),  # the LGPL is written as additions to the GPL
    "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "flatbuffers": ("Apache-2.0.txt",),
}
NAMESPACE = uuid.UUID("6e0d6a3c-58a5-4a57-9f5f-6d3d3b1a9f10")  # of this product's bills of materials


@dataclass(frozen=True, slots=True)
class Shipped:
    """A distribution of which something is in the program."""

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...]


def write_licences(plan: Plan) -> None:
    """Puts ``sbom.cdx.json`` and ``licences/`` into the program. Raises BuildError where a text is missing."""
    sources = json.loads((plan.work / "pyinstaller" / "mlid" / "sources.json").read_text(encoding="utf-8"))
    shipped = trace_distributions(sources)
    missing = [component.name for component in shipped if not component.texts]
    if missing:
        raise BuildError(f"no licence text is known of: {', '.join(missing)} (see installers/licences.py)")
    folder = plan.contents / "licences"
    shutil.rmtree(folder, ignore_errors=True)
    for component in shipped:
        (folder / component.name).mkdir(parents=True)
        for number, text in enumerate(component.texts):
            name = (
                text.name
                if text.name not in {earlier.name for earlier in component.texts[:number]}
                else f"{number}-{text.name}"
            )
            shutil.copyfile(text, folder / component.name / name)
    for name, text in (("python", python_licence()), ("mlid-desktop", ROOT / "LICENSE")):
        (folder / name).mkdir()
        shutil.copyfile(text, folder / name / text.name)
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    document = bill_of_materials(plan, shipped, manifest)
    (plan.contents / SBOM_FILE).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def trace_distributions(sources: list[str]) -> tuple[Shipped, ...]:
    """The distributions that the collected files come from, by name."""
    owners: dict[Path, Distribution] = {}
    for installed in distributions():
        owners |= {Path(str(installed.locate_file(file))).resolve(): installed for file in installed.files or ()}
    owners_by_name = {
        normalise_name(installed.metadata["Name"]): installed
        for installed in (owners.get(Path(path).resolve()) for path in sources)
        if installed
    }
    owners_by_name["pyinstaller"] = distribution("pyinstaller")  # its loader starts the program
    return tuple(
        describe_distribution(name, installed)
        for name, installed in sorted(owners_by_name.items())
        if name != "mlid-desktop"
    )


def normalise_name(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def describe_distribution(name: str, installed: Distribution) -> Shipped:
    """Name, version, licence as the distribution says it, and the texts that it brings."""
    files = [file for file in installed.files or () if LICENCE_FILE.search(str(file)) and file.suffix not in CODE]
    files += [file for file in installed.files or () if ".dist-info/licenses/" in str(file) and file not in files]
    texts = [Path(str(installed.locate_file(file))) for file in files]
    texts += [TEXTS / text for text in TEXTS_NOT_IN_THE_WHEEL.get(name, ())]
    expression = (installed.metadata.get_all("License-Expression") or [""])[0] or short_licence_name(
        (installed.metadata.get_all("License") or [""])[0]
    )
    classified = [
        text.rpartition(":: ")[2] for text in installed.metadata.get_all("Classifier", []) if "License ::" in text
    ]
    return Shipped(
        name,
        installed.version,
        expression or "; ".join(classified) or "see the text",
        tuple(filter(Path.is_file, texts)),
    )


def short_licence_name(text: str) -> str:
    """The licence's name; some distributions put the whole text in its place."""
    return text if text and len(text) < 120 and "\n" not in text else ""


def python_licence() -> Path:
    """Where this Python keeps its licence. Raises BuildError."""
    folders = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix), Path("/usr/share/doc/python3"))
    for folder in folders:
        for name in ("LICENSE.txt", "LICENSE", "copyright"):
            if (folder / name).is_file():
                return folder / name
    raise BuildError("Python's own licence text was not found")


def places_of(source: PinnedFile) -> tuple[str, ...]:
    """Where a published file is to be had, as addresses: its package's (purl) and those of the web."""
    if source.inside is None:
        return source.urls
    return (f"pkg:pypi/{source.inside.package.name}@{source.inside.package.version}", *source.urls)


def bill_of_materials(plan: Plan, shipped: tuple[Shipped, ...], manifest: Manifest) -> dict[str, Any]:
    """CycloneDX 1.5; its serial number and date follow from the input, so that it is the same bytes every time."""
    parts = [
        library_component("python", sys.version.split()[0], "PSF-2.0"),
        *(library_component(o.name, o.version, o.licence) for o in shipped),
    ]
    installed = [entry for entry in manifest.models if (plan.contents / "models" / entry.file).is_file()]
    for entry in installed:
        parts.append(
            {
                "type": "machine-learning-model",
                "name": entry.file,
                "description": entry.role,
                "hashes": [{"alg": "SHA-256", "content": entry.sha256}],
                "licenses": [{"license": {"name": entry.licence}}],
                "externalReferences": [
                    {"type": "distribution", "url": url} for source in entry.sources for url in places_of(source)
                ],
            }
        )
    serial = uuid.uuid5(NAMESPACE, json.dumps([plan.version, parts], sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "mlid-desktop",
                "version": plan.version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": parts,
    }


def library_component(name: str, version: str, licence: str) -> dict[str, Any]:
    """A component with its package URL (PyPI), except of Python itself."""
    component: dict[str, Any] = {
        "type": "platform" if name == "python" else "library",
        "name": name,
        "version": version,
        "licenses": [{"license": {"name": licence}}],
    }
    return component if name == "python" else component | {"purl": f"pkg:pypi/{name}@{version}"}
