"""Signs what was built: the list of files of an installation, and updates. The private key stays outside."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from installers.pyinstaller import BuildError, Plan
from mlid_desktop.station.installation.file_manifest import MANIFEST_FILE, SIGNATURE_FILE, FileManifest, describe_folder
from mlid_desktop.station.installation.signatures import KEY_FILE, MANIFEST_PREFIX, UPDATE_PREFIX
from mlid_desktop.station.installation.update_package import Packaging, Update, system_name, write_update

KEY_VARIABLE = "MLID_RELEASE_KEY"  # path of the private key (PEM, PKCS 8, without a passphrase)


def make_key(path: Path) -> str:
    """A new private key in a file that only its owner reads; the public key as 64 hex digits. Raises BuildError."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except FileExistsError:
        raise BuildError(f"{path} exists: a key is never overwritten") from None
    return public_hex(key)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private key at ``path``. Raises BuildError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise BuildError(f"{path} is no readable private key: {fault}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BuildError(f"{path} holds no Ed25519 key")
    return key


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public half, as programs carry it."""
    return key.public_key().public_bytes_raw().hex()


def place_public_key(plan: Plan, key: Ed25519PrivateKey) -> None:
    """Tells the program whose signatures it trusts."""
    target = plan.contents / "mlid_desktop" / "resources" / KEY_FILE
    target.write_text(public_hex(key) + "\n", encoding="ascii")


def sign_program(
    program: Path, version: str, key: Ed25519PrivateKey, elsewhere: Mapping[str, Path] | None = None
) -> FileManifest:
    """Writes the manifest and its signature into the program's folder. Nothing may be added to it afterwards."""
    for name in (MANIFEST_FILE, SIGNATURE_FILE):
        (program / name).unlink(missing_ok=True)
    manifest = describe_folder(program, version, system_name(), elsewhere)
    content = manifest.to_bytes()
    (program / MANIFEST_FILE).write_bytes(content)
    (program / SIGNATURE_FILE).write_bytes(key.sign(MANIFEST_PREFIX + content))
    return manifest


def make_update(package: Path, kind: str, plan: Plan, key: Ed25519PrivateKey) -> Path:
    """The file that ``mlid update --from`` takes, beside the package. Raises BuildError for a kind it cannot be of."""
    if kind not in set(Packaging):
        raise BuildError(f"there are no update files of the kind {kind}")
    with package.open("rb") as payload:
        digest = hashlib.file_digest(payload, "sha256").hexdigest()
        update = Update(plan.version, system_name(), Packaging(kind), package.stat().st_size, digest)
        target = package.with_name(f"mlid-desktop-{plan.version}-{system_name()}.{kind}.mlid-update")
        payload.seek(0)
        write_update(target, update, key.sign(UPDATE_PREFIX + update.to_bytes()), payload)
    return target
