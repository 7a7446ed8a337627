"""The disk image for macOS. Runs on macOS alone, with the tools that macOS brings.

Our manifest names what lies in Contents/Resources (models, policies, texts); programs and libraries are under Apple's
code signature, which changes them and is therefore made last, and which macOS itself checks.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from installers.pyinstaller import Plan, run_tool
from installers.signing import sign_program
from mlid_desktop.station.installation.update_package import system_name

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

IDENTITY_VARIABLE = "MLID_CODESIGN_IDENTITY"  # a "Developer ID Application" certificate in the keychain; "-" is none
PURPOSES = {
    "NSCameraUsageDescription": "Faces are captured where a person agreed to be enrolled or checked.",
    "NSMicrophoneUsageDescription": "Voices are captured where a person agreed to be enrolled or checked.",
}
LINKS = [{"CFBundleURLName": "org.mlid.desktop.link", "CFBundleTypeRole": "Viewer", "CFBundleURLSchemes": ["mlid"]}]


def build_dmg(plan: Plan, key: Ed25519PrivateKey) -> Path:
    """The application in a compressed image, beside a link to the folder of applications. Raises BuildError."""
    settings = plan.program / "Contents" / "Info.plist"
    for name, text in PURPOSES.items():
        run_tool(["plutil", "-replace", name, "-string", text, str(settings)], "plutil")
    run_tool(["plutil", "-replace", "CFBundleURLTypes", "-json", json.dumps(LINKS), str(settings)], "plutil")
    sign_program(plan.contents, plan.version, key)
    identity = os.environ.get(IDENTITY_VARIABLE, "-")
    run_tool(
        ["codesign", "--force", "--deep", "--options", "runtime", "--sign", identity, str(plan.program)], "codesign"
    )
    folder = plan.work / "image"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(plan.program, folder / plan.program.name, symlinks=True)
    (folder / "Applications").symlink_to("/Applications")
    target = plan.out / f"MLID-Desktop-{plan.version}-{system_name()}.dmg"
    make = ["hdiutil", "create", "-ov", "-volname", "MLID Desktop", "-srcfolder", str(folder), "-format", "ULFO"]
    run_tool([*make, str(target)], "hdiutil")
    return target
