#!/usr/bin/env python3
"""Builds an installer on the system it runs on.

python3 installers/build.py deb --key KEY.pem    a package for Debian and Ubuntu
python3 installers/build.py key --key KEY.pem    makes the publisher's key, once, outside this folder
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from installers.pyinstaller import BuildError, Plan, freeze, prepare_environment  # noqa: E402 - after the path is set

PACKAGERS = {
    "deb": "installers.debian:build_deb",
    "portable": "installers.portable:build_portable",
    "appimage": "installers.portable:build_appimage",
    "dmg": "installers.macos:build_dmg",
    "nsis": "installers.windows:build_nsis",
    "msi": "installers.windows:build_msi",
}
SYSTEMS = {"deb": "linux", "appimage": "linux", "msi": "win32", "nsis": "win32", "dmg": "darwin", "portable": ""}
Packager = Callable[[Plan, Any], Path]  # the plan and the publisher's key
INSIDE = "MLID_BUILD_INSIDE"  # set in the process that runs in the build environment


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 where the package lies in --out, 1 where something is missing: it is then named."""
    options = parse_arguments(arguments)
    try:
        require_system(options.kind)
        python = prepare_environment(options.environment.resolve())
        if os.environ.get(INSIDE) != "1":
            command = [str(python), str(Path(__file__).resolve()), *arguments]
            return subprocess.run(command, env=os.environ | {INSIDE: "1"}, check=False).returncode
        return build(options)
    except BuildError as problem:
        print(f"build.py: {problem}", file=sys.stderr)
        return 1


def require_system(kind: str) -> None:
    """Raises BuildError where the kind is built on another system."""
    wanted = SYSTEMS.get(kind, "")
    if wanted and wanted != sys.platform:
        raise BuildError(f"{kind} is built on {wanted}; this is {sys.platform}.")


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    shared = Path(os.environ.get("MLID_SHARED") or ROOT.parent / "shared") / "models"
    parser = argparse.ArgumentParser(
        prog="build.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kind", choices=[*SYSTEMS, "key"])
    parser.add_argument("--key", type=Path, default=os.environ.get("MLID_RELEASE_KEY"), help="the publisher's key")
    parser.add_argument("--throw-away-key", action="store_true", help="sign with a key made for this build alone")
    parser.add_argument("--models", type=Path, default=shared, help="folder of models; without it they are fetched")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "installers")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "installers")
    parser.add_argument("--environment", type=Path, default=ROOT / "build" / "environment")
    parser.add_argument("--keep-frozen", action="store_true", help="package what --work holds, without freezing anew")
    parser.add_argument("--update", action="store_true", help="also the file for `mlid update` (deb, portable)")
    parser.add_argument("--quick", action="store_true", help="a larger package, minutes sooner: to try things")
    return parser.parse_args(arguments)


def build(options: argparse.Namespace) -> int:
    """Runs in the build environment, where the program and its libraries can be imported."""
    from installers import licences, signing  # noqa: PLC0415 - need the build environment

    if options.kind == "key":
        if options.key is None or ROOT in options.key.resolve().parents:
            raise BuildError("name a place outside this folder: --key PATH")
        print(f"public key: {signing.make_key(options.key)}")
        return 0
    package = find_packager(options.kind)
    plan = make_plan(options)
    with tempfile.TemporaryDirectory() as folder:
        if options.throw_away_key:
            options.key = Path(folder) / "key.pem"
            signing.make_key(options.key)
            print("build.py: signed with a key of this build alone: not for handing out", file=sys.stderr)
        if options.key is None:
            raise BuildError(f"a key is needed: --key PATH, {signing.KEY_VARIABLE}, or --throw-away-key to try things")
        key = signing.read_key(Path(options.key))
    if not (options.keep_frozen and plan.program.is_dir()):
        freeze(plan, with_python_libraries=options.kind in {"appimage", "portable"})
    licences.write_licences(plan)
    signing.place_public_key(plan, key)
    plan.out.mkdir(parents=True, exist_ok=True)
    made = package(plan, key)
    print(f"{made}  {made.stat().st_size / 1e6:.1f} MB")
    if options.update:
        print(signing.make_update(made, options.kind, plan, key))
    return 0


def make_plan(options: argparse.Namespace) -> Plan:
    """The plan of this build; it is dated by SOURCE_DATE_EPOCH, else by the last commit, else by this program."""
    text = (ROOT / "mlid_desktop" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "([^"]+)"', text)
    if version is None:
        raise BuildError("mlid_desktop/__init__.py names no version")
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or last_commit() or str(int(Path(__file__).stat().st_mtime))
    models = options.models if options.models and options.models.is_dir() else None
    work, out = options.work.resolve(), options.out.resolve()
    return Plan(options.kind, options.environment.resolve(), work, out, models, version[1], int(epoch), options.quick)


def last_commit() -> str:
    """Seconds since 1970 of the last commit; empty outside a repository."""
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def find_packager(kind: str) -> Packager:
    """What turns the frozen program into the package; each needs tools of its own system."""
    module, _, name = PACKAGERS[kind].partition(":")
    packager: Packager = getattr(import_module(module), name)
    return packager


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
