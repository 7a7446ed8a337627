"""Updates without a network: believed only when signed, newer and for this system; undone where they do not start."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mlid_desktop.domain.errors import Code, StationError, VaultError
from mlid_desktop.station.installation.folder_installer import FolderInstaller
from mlid_desktop.station.installation.self_check import InstallationState, check_installation
from mlid_desktop.station.installation.update_package import Packaging, is_newer, read_update, unpack_payload
from mlid_desktop.station.installation.updater import UpdateResult, apply_update
from tests.installers.installation import Installed, install, packed, update_file


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return install(tmp_path / "program")


@pytest.fixture
def newer(tmp_path: Path, installed: Installed) -> bytes:
    """The payload of version 1.1.0."""
    folder = tmp_path / "built"
    install(folder, "1.1.0", installed.key)
    return packed(folder)


def nothing() -> None:
    """No vault on this machine."""


def starts(folder: Path) -> str:
    """A first start that works."""
    return "" if (folder / "mlid-desktop").is_file() else "missing"


def updated(installed: Installed, path: Path, start: Callable[[Path], str] = starts) -> UpdateResult:
    return apply_update(path, installed.installation, FolderInstaller(installed.folder), nothing, start)


def refused(installed: Installed, path: Path) -> Code:
    """The code of the refusal; the installation must be as it was."""
    with pytest.raises(StationError) as refusal:
        updated(installed, path)
    outcome = check_installation(installed.installation)
    assert (outcome.standing, outcome.version) == (InstallationState.WHOLE, "1.0.0")
    return refusal.value.code


def test_a_newer_version_takes_the_place_of_the_older(tmp_path: Path, installed: Installed, newer: bytes) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, installed.key)
    assert updated(installed, path) == UpdateResult("1.0.0", "1.1.0")
    outcome = check_installation(installed.installation)
    assert (outcome.standing, outcome.version) == (InstallationState.WHOLE, "1.1.0")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built", "program", "u.mlid-update"]


def test_a_version_that_does_not_start_is_undone(tmp_path: Path, installed: Installed, newer: bytes) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, installed.key)
    with pytest.raises(StationError) as undone:
        updated(installed, path, lambda folder: "exit code 1")
    assert undone.value.code is Code.STATION_UPDATE_UNDONE
    assert check_installation(installed.installation).version == "1.0.0"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built", "program", "u.mlid-update"]


def test_a_payload_with_a_changed_file_is_undone(tmp_path: Path, installed: Installed) -> None:
    folder = tmp_path / "built"
    install(folder, "1.1.0", installed.key)
    (folder / "_internal/library.so").write_bytes(b"other")
    path = update_file(tmp_path / "u.mlid-update", packed(folder), installed.key)
    assert refused(installed, path) is Code.STATION_UPDATE_UNDONE


def test_a_payload_that_is_no_archive_is_undone(tmp_path: Path, installed: Installed) -> None:
    path = update_file(tmp_path / "u.mlid-update", b"no archive", installed.key)
    assert refused(installed, path) is Code.STATION_UPDATE_UNDONE


def test_a_stranger_cannot_publish(tmp_path: Path, installed: Installed, newer: bytes) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, Ed25519PrivateKey.generate())
    assert refused(installed, path) is Code.STATION_UPDATE_UNSIGNED


@pytest.mark.parametrize("member", ["update.json", "update.sig", "payload"])
def test_a_damaged_file_changes_nothing(tmp_path: Path, installed: Installed, newer: bytes, member: str) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, installed.key)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        held = archive.read(member)
    content[content.find(held) + len(held) // 2] ^= 1
    path.write_bytes(content)
    assert refused(installed, path) is Code.STATION_UPDATE_UNSIGNED


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compressed_archive_is_refused_before_anything_is_inflated(
    tmp_path: Path, installed: Installed, method: int
) -> None:
    path = tmp_path / "u.mlid-update"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in ("update.json", "update.sig", "payload"):
            archive.writestr(name, bytes(1 << 20))
    assert refused(installed, path) is Code.STATION_UPDATE_UNSIGNED


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path, installed: Installed, newer: bytes) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, installed.key)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("payload", newer)
    assert refused(installed, path) is Code.STATION_UPDATE_UNSIGNED


def test_whatever_bytes_an_update_is_made_of_it_is_refused_by_name(tmp_path: Path, installed: Installed) -> None:
    path = update_file(tmp_path / "u.mlid-update", bytes(64), installed.key)
    packed_by_another_method = tmp_path / "deflated"
    with zipfile.ZipFile(packed_by_another_method, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("update.json", b"{}" * 200)
        archive.writestr("update.sig", bytes(64))
    chance = Random(7)
    for original in (path.read_bytes(), packed_by_another_method.read_bytes()):
        for _ in range(400):
            content = bytearray(original)
            for _ in range(chance.randint(1, 4)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            bent = tmp_path / "bent.mlid-update"
            bent.write_bytes(content[: chance.choice([len(content), chance.randrange(len(content))])])
            with suppress(StationError):
                update = read_update(bent, installed.key.public_key().public_bytes_raw())
                unpack_payload(bent, update, tmp_path / "payload")


@pytest.mark.parametrize("version", ["1.0.0", "0.9.9", "1.0", "2.0-beta"])
def test_nothing_goes_back(tmp_path: Path, installed: Installed, newer: bytes, version: str) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, installed.key, version=version)
    assert refused(installed, path) is Code.STATION_UPDATE_OLDER


def test_what_is_for_another_system_or_packaging_is_refused(tmp_path: Path, installed: Installed, newer: bytes) -> None:
    other = update_file(tmp_path / "a.mlid-update", newer, installed.key, system="windows-x86_64")
    assert refused(installed, other) is Code.STATION_UPDATE_UNFIT
    debian = update_file(tmp_path / "b.mlid-update", newer, installed.key, packaging=Packaging.DEB)
    assert refused(installed, debian) is Code.STATION_UPDATE_UNFIT


def test_no_backup_no_update(tmp_path: Path, installed: Installed, newer: bytes) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, installed.key)

    def fails() -> None:
        raise VaultError(Code.VAULT_WRONG_PASSPHRASE)

    with pytest.raises(VaultError):
        apply_update(path, installed.installation, FolderInstaller(installed.folder), fails, starts)
    assert check_installation(installed.installation).version == "1.0.0"


def test_a_changed_installation_says_so_before_it_is_updated(
    tmp_path: Path, installed: Installed, newer: bytes
) -> None:
    path = update_file(tmp_path / "u.mlid-update", newer, installed.key)
    (installed.folder / "manifest.json").write_bytes(b"{}")
    with pytest.raises(StationError) as refusal:
        updated(installed, path)
    assert refusal.value.code is Code.STATION_UNSIGNED


def test_versions_are_compared_by_number() -> None:
    assert is_newer("1.10.0", "1.9.0")
    assert is_newer("1.0.1", "1.0")
    assert not is_newer("1.0.0", "1.0")
    assert not is_newer("1.0.1rc1", "1.0.0")
