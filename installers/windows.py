"""The two Windows installers over one frozen folder: NSIS (one file, for people) and MSI (for managed fleets).

Both tools run on Linux too, where they are tried with a stand-in payload; the payload itself is frozen on Windows.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

from installers.pyinstaller import ROOT, BuildError, Plan, run_tool
from installers.signing import sign_program

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = ROOT / "installers" / "nsis"
ICON = ROOT / "installers" / "icons" / "mlid.ico"
PRODUCT = "MLID Desktop"
MAKER = "MLID Desktop maintainers"
UPGRADE_CODE = "B0B2C0B9-6F6D-4E0E-9D8E-4B1C53B1B7D5"  # the same for ever: it is how a newer MSI finds an older one
NAMESPACE = uuid.UUID("0c9d1d5e-3a3c-4f0e-8a43-0f5d29e0a9c2")  # of the identities of components
WXS = "http://schemas.microsoft.com/wix/2006/wi"
SHORTCUT_KEY = r"Software\MLID Desktop"
LINK_KEY = r"Software\Classes\mlid"
LINK_VALUES = (  # a link is one argument after --link, and what stands in it is no option, whatever quotes it brings
    ("", LINK_KEY, f"URL:{PRODUCT}"),
    ("URL Protocol", LINK_KEY, ""),
    ("", rf"{LINK_KEY}\shell\open\command", '"[PROGRAM]mlid-desktop.exe" --link "%1"'),
)


def build_nsis(plan: Plan, key: Ed25519PrivateKey) -> Path:
    """``MLID-Desktop-VERSION-setup.exe``; ``/S`` installs silently. Raises BuildError."""
    sign_program(plan.program, plan.version, key)
    return make_nsis(plan.program, plan.version, plan.out, plan.epoch)


def build_msi(plan: Plan, key: Ed25519PrivateKey) -> Path:
    """``MLID-Desktop-VERSION.msi``; ``msiexec /i FILE /qn`` installs silently. Raises BuildError."""
    sign_program(plan.program, plan.version, key)
    return make_msi(plan.program, plan.version, plan.out, plan.work)


def make_nsis(program: Path, version: str, out: Path, epoch: int) -> Path:
    """The setup program over any folder with ``mlid-desktop.exe`` and ``mlid.exe``. Raises BuildError."""
    require_programs(program)
    target = out / f"MLID-Desktop-{version}-setup.exe"
    variables = {"VERSION": version, "PAYLOAD": str(program), "OUTPUT": str(target), "ICON": str(ICON)}
    command = ["makensis", "-V2", *(f"-D{name}={value}" for name, value in variables.items()), str(HERE / "setup.nsi")]
    run_tool(command, "makensis", changes={"SOURCE_DATE_EPOCH": str(epoch)})
    return target


def make_msi(program: Path, version: str, out: Path, work: Path) -> Path:
    """The package over any such folder, by WiX's ``wixl`` (msitools) or on Windows ``wix``. Raises BuildError."""
    require_programs(program)
    work.mkdir(parents=True, exist_ok=True)
    source = work / "product.wxs"
    ET.register_namespace("", WXS)
    shutil.copyfile(ICON, work / ICON.name)
    product = product_document(program, version, work)
    ET.indent(product)
    source.write_bytes(ET.tostring(product, encoding="utf-8", xml_declaration=True))
    target = out / f"MLID-Desktop-{version}.msi"
    if shutil.which("wixl"):
        run_tool(["wixl", "-a", "x64", "-o", str(target), source.name], "wixl", work)
    elif shutil.which("candle") and shutil.which("light"):
        compiled = source.with_suffix(".wixobj")
        run_tool(["candle", "-nologo", "-arch", "x64", "-out", str(compiled), source.name], "candle", work)
        run_tool(["light", "-nologo", "-out", str(target), str(compiled)], "light", work)
    else:
        raise BuildError("WiX is missing: install WiX 3 (candle, light) on Windows, wixl (msitools) on Linux")
    return target


def require_programs(program: Path) -> None:
    """Raises BuildError where the folder is no frozen program for Windows."""
    for name in ("mlid-desktop.exe", "mlid.exe"):
        if not (program / name).is_file():
            raise BuildError(f"{program} has no {name}: the program is frozen on Windows")


def product_document(program: Path, version: str, base: Path) -> ET.Element:
    """The product as WiX reads it: one component for each file, its identity made from its path, so that a later
    version replaces the very same component. Sources are said from ``base``: wixl takes no absolute paths."""
    wix = ET.Element(f"{{{WXS}}}Wix")
    numbers = re.match(r"\d+(\.\d+){0,2}", version)
    product = _add(
        wix, "Product", Id="*", Name=PRODUCT, Language="1033", Manufacturer=MAKER, UpgradeCode=UPGRADE_CODE,
        Version=numbers[0] if numbers else "0.0.0",
    )  # fmt: skip
    _add(product, "Package", InstallerVersion="500", Compressed="yes", InstallScope="perMachine")
    newer = "A newer version is installed. Vaults go forward only, so it stays."
    _add(product, "MajorUpgrade", DowngradeErrorMessage=newer)
    _add(product, "Media", Id="1", Cabinet="mlid.cab", EmbedCab="yes")
    _add(product, "Icon", Id="mlid.ico", SourceFile=ICON.name)
    _add(product, "Property", Id="ARPPRODUCTICON", Value="mlid.ico")
    top = _add(product, "Directory", Id="TARGETDIR", Name="SourceDir")
    files = _add(top, "Directory", Id="ProgramFiles64Folder")
    home = _add(_add(files, "Directory", Id="INSTALLDIR", Name=PRODUCT), "Directory", Id="PROGRAM", Name="program")
    menu = _add(top, "Directory", Id="ProgramMenuFolder")
    feature = _add(product, "Feature", Id="Complete", Level="1", Title=PRODUCT)
    _add_folder(home, feature, program, program, base)
    shortcut = _add(menu, "Component", Id="Shortcut", Guid=_identity("shortcut"))
    _add(shortcut, "Shortcut", Id="Start", Name=PRODUCT, Target="[PROGRAM]mlid-desktop.exe", Icon="mlid.ico")
    _add(
        shortcut, "RegistryValue", Root="HKLM", Key=SHORTCUT_KEY, Name="shortcut", Type="integer", Value="1",
        KeyPath="yes",
    )  # fmt: skip
    _add(feature, "ComponentRef", Id="Shortcut")
    links = _add(menu, "Component", Id="Links", Guid=_identity("links"), Win64="yes")
    for name, key, value in LINK_VALUES:
        said = {"Name": name} if name else {"KeyPath": "yes"} if key == LINK_KEY else {}
        _add(links, "RegistryValue", Root="HKLM", Key=key, Type="string", Value=value, **said)
    _add(feature, "ComponentRef", Id="Links")
    return wix


def _add_folder(parent: ET.Element, feature: ET.Element, folder: Path, top: Path, base: Path) -> None:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(top).as_posix()
        identity = "x" + uuid.uuid5(NAMESPACE, name).hex
        if path.is_dir():
            inner = _add(parent, "Directory", Id=f"d{identity}", Name=path.name)
            _add_folder(inner, feature, path, top, base)
        else:
            component = _add(parent, "Component", Id=f"c{identity}", Guid=_identity(name), Win64="yes")
            _add(
                component, "File", Id=f"f{identity}", Name=path.name, Source=os.path.relpath(path, base), KeyPath="yes"
            )
            _add(feature, "ComponentRef", Id=f"c{identity}")


def _identity(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"component/{name}")).upper()


def _add(parent: ET.Element, kind: str, **values: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{WXS}}}{kind}", values)
