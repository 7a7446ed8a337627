"""A small installation to try things on: files, a manifest, a key of its own."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from installers.signing import sign_program
from mlid_desktop.station.installation.file_manifest import FileManifest
from mlid_desktop.station.installation.self_check import Installation
from mlid_desktop.station.installation.signatures import UPDATE_PREFIX
from mlid_desktop.station.installation.update_package import Packaging, Update, system_name, write_update

FILES = {
    "mlid-desktop": b"#!/bin/sh\nexit 0\n",
    "_internal/library.so": b"code" * 100,
    "_internal/models/model.onnx": b"weights" * 50,
    "_internal/policy.toml": b"format = 1\n",
    "_internal/empty": b"",
}


@dataclass(frozen=True, slots=True)
class Installed:
    """A program's folder, and the key that signed it."""

    folder: Path
    key: Ed25519PrivateKey
    manifest: FileManifest

    @property
    def installation(self) -> Installation:
        """As the program sees itself."""
        return Installation(self.folder, self.key.public_key().public_bytes_raw())


def install(folder: Path, version: str = "1.0.0", key: Ed25519PrivateKey | None = None) -> Installed:
    """Puts one down."""
    signing = key or Ed25519PrivateKey.generate()
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "mlid-desktop").chmod(0o755)
    (folder / "mlid").symlink_to("mlid-desktop")
    return Installed(folder, signing, sign_program(folder, version, signing))


def update_file(
    target: Path,
    payload: bytes,
    key: Ed25519PrivateKey,
    version: str = "1.1.0",
    system: str = "",
    packaging: Packaging = Packaging.PORTABLE,
) -> Path:
    """An update as the publisher gives it out."""
    import hashlib

    described = Update(version, system or system_name(), packaging, len(payload), hashlib.sha256(payload).hexdigest())
    write_update(target, described, key.sign(UPDATE_PREFIX + described.to_bytes()), io.BytesIO(payload))
    return target


def packed(folder: Path) -> bytes:
    """The folder as the portable archive holds it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:xz") as archive:
        archive.add(folder, "mlid-desktop-1.1.0")
    return held.getvalue()
