"""The build scripts: what they sign, strip, leave out, and refuse."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from installers.layout import TARGETS
from installers.macos import LINKS
from installers.pruning import kept_binaries, kept_data, kept_pure
from installers.pyinstaller import BuildError, is_loadable
from installers.signing import make_key, public_hex, read_key
from installers.windows import make_msi, make_nsis, product_document
from mlid_desktop.station.installation.installer import PROCESS_VARIABLE
from tests.architecture.sources import ROOT

LINUX = ROOT / "installers" / "linux"


def test_a_key_is_made_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = make_key(path)
    assert public_hex(read_key(path)) == made
    assert sys.platform == "win32" or path.stat().st_mode & 0o077 == 0
    with pytest.raises(BuildError, match="never overwritten"):
        make_key(path)
    path.write_bytes(b"no key")
    with pytest.raises(BuildError):
        read_key(path)


@pytest.mark.skipif(sys.platform != "linux", reason="names of libraries are those of Linux")
def test_libraries_of_the_building_system_and_unused_parts_of_qt_stay_out() -> None:
    wheel = "/venv/lib/python3.11/site-packages"
    entries = [
        ("libglib-2.0.so.0", "/usr/lib/x86_64-linux-gnu/libglib-2.0.so.0", "BINARY"),
        ("PySide6/Qt/lib/libQt6Core.so.6", f"{wheel}/PySide6/Qt/lib/libQt6Core.so.6", "BINARY"),
        ("PySide6/Qt/lib/libQt6Qml.so.6", f"{wheel}/PySide6/Qt/lib/libQt6Qml.so.6", "BINARY"),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", f"{wheel}/p/libqxcb.so", "BINARY"),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", f"{wheel}/p/libqeglfs.so", "BINARY"),
        ("PySide6/Qt/plugins/platforms/libqwayland.so", f"{wheel}/p/libqwayland.so", "BINARY"),
        ("PySide6/Qt/plugins/wayland-shell-integration/libxdg-shell.so", f"{wheel}/p/libxdg-shell.so", "BINARY"),
        ("PySide6/Qt/plugins/wayland-shell-integration/libivi-shell.so", f"{wheel}/p/libivi-shell.so", "BINARY"),
        ("PySide6/Qt/lib/libQt6WaylandClient.so.6", f"{wheel}/lib/libQt6WaylandClient.so.6", "BINARY"),
        ("PySide6/Qt/lib/libQt6WaylandCompositor.so.6", f"{wheel}/lib/libQt6WaylandCompositor.so.6", "BINARY"),
        ("cv2/cv2.abi3.so", f"{wheel}/cv2/cv2.abi3.so", "EXTENSION"),
    ]
    kept = [entry[0] for entry in kept_binaries(entries)]
    assert kept == [
        "PySide6/Qt/lib/libQt6Core.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/wayland-shell-integration/libxdg-shell.so",
        "PySide6/Qt/lib/libQt6WaylandClient.so.6",
        "cv2/cv2.abi3.so",
    ]
    data = [("PySide6/Qt/translations/qt_de.qm", "", "DATA"), ("mlid_desktop/resources/policy/strict.toml", "", "DATA")]
    assert [entry[0] for entry in kept_data(data)] == ["mlid_desktop/resources/policy/strict.toml"]
    pure = [("pygments.lexers.ada", "", "PYMODULE"), ("pygments.lexers._mapping", "", "PYMODULE")]
    assert [entry[0] for entry in kept_pure(pure)] == ["pygments.lexers._mapping"]


def test_numbering_plans_go_along_and_what_nobody_asks_of_them_stays_behind() -> None:
    plans = ["phonenumbers.data.region_FR", "phonenumbers.shortdata.region_FR", "phonenumbers.phonenumberutil"]
    unasked = ["phonenumbers.geodata.data0", "phonenumbers.carrierdata.data0", "phonenumbers.tzdata.data0"]
    kept = kept_pure([(name, f"/lib/{name}.py", "PYMODULE") for name in [*plans, *unasked]])
    assert [entry[0] for entry in kept] == plans


def test_a_library_with_a_segment_off_its_page_is_not_loadable() -> None:
    def image(offset: int, address: int) -> bytes:
        head = bytearray(64)
        head[:5] = b"\x7fELF\x02"
        struct.pack_into("<Q", head, 32, 64)
        struct.pack_into("<HH", head, 54, 56, 1)
        return bytes(head) + struct.pack("<IIQQ", 1, 5, offset, address) + bytes(32)

    assert is_loadable(image(0x1000, 0x3000))
    assert not is_loadable(image(0x1008, 0x3000))
    assert not is_loadable(b"no ELF")


def test_the_udev_rule_opens_listed_readers_to_the_seat_and_nothing_else() -> None:
    rules = [
        line
        for line in (LINUX / "70-mlid-desktop.rules").read_text(encoding="utf-8").splitlines()
        if "uaccess" in line and not line.startswith("#")
    ]
    form = r'ATTR\{idVendor\}=="[0-9a-f]{4}", ATTR\{idProduct\}=="[0-9a-f]{4}(\|[0-9a-f]{4})*", TAG\+="uaccess"'
    assert rules
    assert [line for line in rules if not re.fullmatch(form, line)] == []


@pytest.mark.parametrize("script", ["preinst", "postinst", "prerm", "postrm"])
def test_scripts_of_the_package_are_sound_and_touch_no_vault(script: str) -> None:
    text = (LINUX / script).read_text(encoding="ascii")
    assert "vault" not in "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    if shutil.which("sh"):
        assert subprocess.run(["sh", "-n", LINUX / script], check=False).returncode == 0


def test_the_updater_is_let_through_by_its_number() -> None:
    assert PROCESS_VARIABLE in (LINUX / "preinst").read_text(encoding="ascii")


def test_every_installer_registers_links_as_one_argument_after_the_option(tmp_path: Path) -> None:
    entry = (LINUX / "mlid-desktop-link.desktop").read_text(encoding="ascii").splitlines()
    assert {"Exec=mlid-desktop --link %u", "MimeType=x-scheme-handler/mlid;", "NoDisplay=true"} <= set(entry)
    assert TARGETS["mlid-desktop-link.desktop"] == "usr/share/applications/mlid-desktop-link.desktop"
    assert LINKS[0]["CFBundleURLSchemes"] == ["mlid"]
    setup = (ROOT / "installers" / "nsis" / "setup.nsi").read_text(encoding="ascii")
    command = r"""Classes\mlid\shell\open\command" "" '"$INSTDIR\program\mlid-desktop.exe" --link "%1"'"""
    assert command in setup
    assert r'DeleteRegKey HKLM "Software\Classes\mlid"' in setup
    product = product_document(stand_in(tmp_path / "program"), "1.2.3", tmp_path)
    values = {(value.get("Key", ""), value.get("Value")) for value in product.iter() if value.get("Root")}
    assert (r"Software\Classes\mlid\shell\open\command", '"[PROGRAM]mlid-desktop.exe" --link "%1"') in values
    named = {reference.get("Id") for reference in product.iter() if reference.tag.endswith("ComponentRef")}
    assert "Links" in named


def stand_in(folder: Path) -> Path:
    """A payload with the names of the frozen program."""
    for name in ("mlid-desktop.exe", "mlid.exe", "_internal/models/a.onnx", "_internal/b.dll"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"MZ stand-in")
    return folder


def test_the_msi_keeps_each_files_identity_from_version_to_version(tmp_path: Path) -> None:
    payload = stand_in(tmp_path / "payload")
    first, second = (ET.tostring(product_document(payload, version, tmp_path)) for version in ("1.0.0", "1.1.0"))
    identities = [re.findall(rb'Guid="([^"]+)"', text) for text in (first, second)]
    assert identities[0] == identities[1]
    assert len(set(identities[0])) == 6


@pytest.mark.skipif(shutil.which("makensis") is None, reason="makensis is not installed (apt install nsis)")
def test_the_setup_program_is_built_from_a_stand_in(tmp_path: Path) -> None:
    made = make_nsis(stand_in(tmp_path / "payload"), "1.0.0", tmp_path, 1_700_000_000)
    assert made.read_bytes()[:2] == b"MZ"


@pytest.mark.skipif(shutil.which("wixl") is None, reason="wixl is not installed (apt install wixl)")
def test_the_msi_is_built_from_a_stand_in(tmp_path: Path) -> None:
    made = make_msi(stand_in(tmp_path / "payload"), "1.0.0", tmp_path, tmp_path / "work")
    assert made.read_bytes()[:8] == bytes.fromhex("d0cf11e0a1b11ae1")  # a compound file


def test_windows_packages_are_refused_without_a_windows_program(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="frozen on Windows"):
        make_msi(tmp_path, "1.0.0", tmp_path, tmp_path / "work")
