"""The frozen program folder: environment, PyInstaller, models, stripped libraries."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from installers.pruning import WITH_PYTHON_LIBRARIES

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "mlid-desktop"
COMMAND = "mlid"
STAMP = ".installed"
WORTH_STRIPPING = 64 * 1024  # bytes; below, a library is left as its wheel brought it
ELF_MAGIC, PT_LOAD, PAGE = b"\x7fELF", 1, 4096


class BuildError(Exception):
    """What stops a build, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One build: which kind, from what, to where; ``epoch`` (seconds since 1970) dates every file; ``quick`` packs
    large and soon."""

    kind: str
    environment: Path
    work: Path
    out: Path
    models: Path | None
    version: str
    epoch: int
    quick: bool = False

    @property
    def python(self) -> Path:
        """The interpreter of the build environment."""
        return self.environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def program(self) -> Path:
        """The frozen program's folder."""
        return self.work / "frozen" / ("MLID Desktop.app" if sys.platform == "darwin" else PROGRAM)

    @property
    def contents(self) -> Path:
        """Where the program's libraries, resources and models lie."""
        return self.program / ("Contents/Resources" if sys.platform == "darwin" else "_internal")


def prepare_environment(folder: Path) -> Path:
    """The interpreter of an environment with the locked packages and PyInstaller. Raises BuildError."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    locks = (ROOT / "requirements.lock", ROOT / "installers" / "requirements.lock")
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks) + sys.version.encode()).hexdigest()
    stamp = folder / STAMP
    if python.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return python
    print(f"build.py: making the build environment in {folder} ...", flush=True)
    try:
        venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    except (OSError, subprocess.CalledProcessError) as fault:
        why = f"Python cannot make an environment here ({fault}); on Debian: apt install python3-venv"
        raise BuildError(why) from None
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    for lock in locks:
        run_tool([*pip, "--require-hashes", "--no-deps", "--requirement", str(lock)], f"the packages of {lock.name}")
    stamp.write_text(wanted, encoding="ascii")
    return python


def run_tool(command: list[str], purpose: str, folder: Path = ROOT, changes: Mapping[str, str] | None = None) -> None:
    """Runs a tool in a folder. Raises BuildError with the end of what it said."""
    environment = {**os.environ, **(changes or {})}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
    except FileNotFoundError:
        raise BuildError(f"{purpose}: {command[0]} is not installed") from None
    if done.returncode != 0:
        raise BuildError(f"{purpose} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def freeze(plan: Plan, *, with_python_libraries: bool) -> None:
    """The finished folder ``plan.program``, unsigned. Raises BuildError."""
    shutil.rmtree(plan.work / "frozen", ignore_errors=True)
    run = [str(plan.python), "-m", "PyInstaller", "installers/mlid.spec", "--noconfirm", "--clean"]
    run += ["--distpath", str(plan.work / "frozen"), "--workpath", str(plan.work / "pyinstaller")]
    settings = {"SOURCE_DATE_EPOCH": str(plan.epoch), "PYTHONHASHSEED": "0"}
    settings |= {WITH_PYTHON_LIBRARIES: "1" if with_python_libraries else ""}
    settings |= {"PYINSTALLER_CONFIG_DIR": str(plan.work / "pyinstaller-cache")}
    compile_catalogues(plan.python)
    print("build.py: freezing (a minute or two) ...", flush=True)
    run_tool([*run, "--log-level", "WARN"], "PyInstaller", changes=settings)
    if sys.platform != "win32":
        shutil.rmtree(plan.work / "frozen" / PROGRAM) if sys.platform == "darwin" else None
        folder = plan.program / "Contents/MacOS" if sys.platform == "darwin" else plan.program
        (folder / COMMAND).symlink_to(PROGRAM)
    install_models(plan)
    if sys.platform == "linux":
        saved = strip_libraries(plan.program)
        print(f"build.py: stripped {saved / 1e6:.0f} MB of symbols", flush=True)


def compile_catalogues(python: Path) -> None:
    """Every language's sentences in the form that the program reads. Raises BuildError."""
    for source in sorted((ROOT / "resources" / "translations").glob("*/LC_MESSAGES/*.po")):
        where = ["--input-file", str(source), "--output-file", str(source.with_suffix(".mo"))]
        run_tool([str(python), "-m", "babel.messages.frontend", "--quiet", "compile", *where], "the translations")


def install_models(plan: Plan) -> None:
    """The verified models inside the program; from the pinned sources where no folder is named. Raises BuildError."""
    folder = plan.contents / "models"
    if sys.platform == "darwin":  # code lies beside, and looks for its data through links
        (plan.program / "Contents/Frameworks/models").symlink_to("../Resources/models")
    command = [str(plan.python), "-m", "mlid_desktop.cli.main", "models"]
    source = ["--from", str(plan.models)] if plan.models else []
    settings = {"MLID_MODELS": str(folder), "PYTHONPATH": str(ROOT)}
    run_tool([*command, "install", *source, "--json"], "installing the models", changes=settings)
    run_tool([*command, "verify", "--json"], "verifying the models", changes=settings)


def strip_libraries(folder: Path) -> int:
    """Takes symbols out of libraries where the result is still loadable; the number of bytes saved.

    Libraries that auditwheel patched can have segments off their page boundaries after ``strip``, which the loader
    refuses: such a result is thrown away, and the wheel's own file stays.
    """
    saved = 0
    for path in sorted(folder.rglob("*.so*")):
        if path.is_symlink() or not path.is_file() or path.parent.name.endswith(".libs"):
            continue
        stripped = path.with_name(path.name + ".stripped")
        done = subprocess.run(["strip", "--strip-unneeded", "-o", stripped, path], capture_output=True, check=False)
        gain = path.stat().st_size - stripped.stat().st_size if done.returncode == 0 else 0
        if gain >= WORTH_STRIPPING and is_loadable(stripped.read_bytes()):
            stripped.chmod(path.stat().st_mode)
            stripped.replace(path)
            saved += gain
        else:
            stripped.unlink(missing_ok=True)
    return saved


def is_loadable(image: bytes) -> bool:
    """Whether every loadable segment of a 64-bit ELF file lies on its page (System V ABI, program header)."""
    if image[:4] != ELF_MAGIC or image[4] != 2:
        return False
    (offset,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    for number in range(count):
        kind, _, at, address = struct.unpack_from("<IIQQ", image, offset + number * size)
        if kind == PT_LOAD and (at - address) % PAGE:
            return False
    return True
