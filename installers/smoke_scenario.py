"""What is tried with the installed program, step by step; each step says so, or raises SmokeError."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from installers.chroot import HOME, Chroot

PROGRAM = "/usr/lib/mlid-desktop"
PASSPHRASE = "correct horse battery staple"  # noqa: S105 - of a demo vault that is gone in a minute
VAULT = f"{HOME}/vault"
SECRET = f"{HOME}/passphrase"
DESK = ("--vault", VAULT, "--passphrase-file", SECRET, "--operator", "supervisor")
ACCEPTED, REJECTED, FAULT = 0, 1, 4
HELPER_CODES = (0, 1)  # it listed, or said in its own protocol why it cannot
RUNNING = "MLID Desktop is running"
HIDDEN_READER, HIDDEN_SOUND = "fingerprint-helper", "microphone-helper"
HIDDEN_DECODERS = ("decoding-helper", "media-helper")
# One file of every kind: code, library, model, policy, calibration, translation's neighbour, system integration.
CHANGED = (
    f"{PROGRAM}/_internal/base_library.zip",
    f"{PROGRAM}/_internal/models/silero_vad.onnx",
    f"{PROGRAM}/_internal/libpython3.11.so.1.0",
    f"{PROGRAM}/_internal/mlid_desktop/resources/policy/standard.toml",
    f"{PROGRAM}/_internal/sbom.cdx.json",
    "/usr/share/applications/mlid-desktop.desktop",
    "/usr/lib/udev/rules.d/70-mlid-desktop.rules",
)


class SmokeError(Exception):
    """A step did not go as it should."""


class SmokeScenario:
    """A day at the desk of the installed program."""

    def __init__(self, root: Chroot) -> None:
        self._root = root

    def install(self, package: Path) -> None:
        """With what it depends on and recommends, from the mirror."""
        shutil.copyfile(package, self._root.folder / "root/mlid.deb")
        self._require(self._root.run("apt-get", "update"), 0, "package lists")
        apt = ("apt-get", "install", "--yes", "--quiet", f"{HOME}/mlid.deb")
        self._require(self._root.run(*apt), 0, "installed with its dependencies")

    def installed_size(self) -> tuple[int, int]:
        """Bytes and number of files that the package put down."""
        files = [self._root.folder / path.lstrip("/") for path in self._owned()]
        files_present = [path for path in files if path.is_symlink() or path.is_file()]
        return sum(path.lstat().st_size for path in files_present), len(files_present)

    def check_no_build_machine_library(self) -> None:
        """No shipped library is, byte for byte, one of the building system's own."""
        libraries = [path for path in (self._root.folder / PROGRAM.lstrip("/")).rglob("*.so*") if not path.is_symlink()]
        hosts = [Path(folder) for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")]
        foreign = [
            path.name
            for path in libraries
            for host in hosts
            if (host / path.name).is_file() and (host / path.name).read_bytes() == path.read_bytes()
        ]
        self._expect(not foreign, f"no library of the build machine is inside ({len(libraries)} looked at) {foreign}")

    def check_itself(self) -> None:
        """The self-check passes, and counts."""
        checked = self._mlid("self-check", "--json")
        self._require(checked, 0, "self-check passed")
        self._expect(json.loads(checked.stdout)["files"] > 500, "self-check counted the files")
        self._require(self._mlid("models", "verify"), 0, "every model is inside and verified")

    def run_helpers(self) -> None:
        """The frozen program starts itself for the drivers of readers and microphones, and to decode pictures."""
        listed = self._mlid("devices", "--json")
        self._require(listed, 0, "devices listed")
        for verb in (HIDDEN_READER, HIDDEN_SOUND):
            answered = self._mlid(verb, "list")
            passed = answered.returncode in HELPER_CODES and not answered.stderr
            self._expect(passed, f"{verb} runs frozen (exit code {answered.returncode}) {answered.stderr[-300:]}")
        for verb in HIDDEN_DECODERS:
            decoder = self._mlid(verb)
            self._expect(
                decoder.returncode == 0 and not decoder.stderr,
                f"{verb} runs frozen (exit code {decoder.returncode}) {decoder.stderr[-300:]}",
            )

    def create_vault(self) -> None:
        """A demo vault, which takes simulated sources."""
        (self._root.folder / SECRET.lstrip("/")).write_text(PASSPHRASE + "\n", encoding="utf-8")
        made = self._mlid("vault", "create", VAULT, "--demo", "--passphrase-file", SECRET)
        self._require(made, 0, "demo vault created")

    def enrol_and_verify(self) -> None:
        """By face and finger from simulated input; another person's finger and face are rejected."""
        person = ("--number", "1001")
        sources = (
            "--finger", "right-index=simulated:finger?seed=7", "--face", "simulated:face?seed=7",
        )  # fmt: skip
        enrolled = self._mlid("enrol", *DESK, *person, "--name", "Ada Low", "--consent", "accepted", *sources)
        self._require(enrolled, ACCEPTED, "enrolled by face and finger")
        same = (
            "--finger", "right-index=simulated:finger?seed=7&impression=2", "--face", "simulated:face?seed=7",
        )  # fmt: skip
        self._require(self._mlid("verify", *DESK, *person, *same), ACCEPTED, "verified by face and finger")
        stranger = ("--finger", "right-index=simulated:finger?seed=8")
        self._require(self._mlid("verify", *DESK, *person, *stranger), REJECTED, "another finger is rejected")

    def check_mapped(self, process: int) -> None:
        """Every library in the running window is the package's or comes from a package of this root."""
        maps = Path(f"/proc/{process}/maps").read_text(encoding="utf-8")
        mapped = sorted({line.split(maxsplit=5)[5] for line in maps.splitlines() if ".so" in line})
        prefix = str(self._root.folder)
        inside = [path.removeprefix(prefix) for path in mapped]
        outside = [path for path in inside if not (self._root.folder / path.lstrip("/")).exists()]
        self._expect(bool(mapped) and not outside, f"{len(mapped)} mapped libraries, none from outside {outside}")
        system = [path for path in inside if not path.startswith(PROGRAM)]
        unowned = [path for path in system if self._root.run("dpkg", "-S", f"*/{Path(path).name}").returncode]
        self._expect(not unowned, f"{len(system)} of them are packages of the root {unowned}")

    def refuse_upgrade(self, package: Path) -> None:
        """While the window is open."""
        shutil.copyfile(package, self._root.folder / "root/mlid.deb")
        refused = self._root.run("dpkg", "--install", f"{HOME}/mlid.deb")
        mentions_running = RUNNING in refused.stderr + refused.stdout
        self._expect(
            refused.returncode != 0 and mentions_running, "upgrade over the running program refused with a sentence"
        )
        self._require(self._mlid("self-check"), 0, "and nothing was changed")

    def name_changed_files(self) -> None:
        """One changed byte in any of several files is named, and enrolment stays closed."""
        for name in CHANGED:
            path = self._root.folder / name.lstrip("/")
            before = path.read_bytes()
            path.write_bytes(before[:-2] + bytes([before[-2] ^ 1]) + before[-1:])
            checked = self._mlid("self-check", "--json")
            path.write_bytes(before)
            named = [finding["file"] for finding in json.loads(checked.stdout or '{"findings": []}')["findings"]]
            wanted = name.removeprefix(f"{PROGRAM}/")
            self._expect(
                checked.returncode == FAULT and named == [wanted], f"a changed byte is named: {wanted} {named}"
            )
        planted = self._root.folder / PROGRAM.lstrip("/") / "_internal/planted.py"
        planted.write_text("", encoding="ascii")
        closed = self._mlid(
            "enrol", *DESK, "--number", "2", "--name", "B", "--consent", "accepted",
            "--finger", "right-index=simulated:finger?seed=9",
        )  # fmt: skip
        planted.unlink()
        self._expect(closed.returncode == FAULT and "planted.py" in closed.stderr, "enrolment closed, the file named")

    def upgrade(self, package: Path) -> None:
        """The same package once more, with nothing running; vaults stay readable."""
        shutil.copyfile(package, self._root.folder / "root/mlid.deb")
        self._require(self._root.run("dpkg", "--install", f"{HOME}/mlid.deb"), 0, "upgraded while closed")
        self._require(self._mlid("vault", "verify", VAULT, *DESK[2:]), 0, "the vault is whole after it")

    def remove(self) -> None:
        """Nothing of the package is left but the vault, the passphrase file of this test and the log of the desk."""
        owned = {path for path in self._owned() if self._only_ours(path)}
        self._require(self._root.run("dpkg", "--purge", "mlid-desktop"), 0, "purged")
        files = self._root.files()
        self._expect(not owned & files, f"every path of the package is gone {sorted(owned & files)[:5]}")
        named = {path for path in files if re.search(r"mlid", path, re.IGNORECASE)}
        expected = (VAULT, f"{HOME}/", "/var/log/", "/var/cache/apt/", "/var/lib/apt/")
        remaining = sorted(path for path in named if not path.startswith(expected))
        self._expect(not remaining, f"nothing else with its name is left {remaining[:5]}")
        self._expect({f"{VAULT}/keys", f"{VAULT}/vault.db"} & files != set() or VAULT in files, "the vault is left")

    def _owned(self) -> list[str]:
        return [path for path in self._root.run("dpkg", "-L", "mlid-desktop").stdout.splitlines() if path != "/."]

    def _only_ours(self, path: str) -> bool:
        file = self._root.folder / path.lstrip("/")
        return file.is_symlink() or not file.is_dir() or "mlid" in path

    def _mlid(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._root.run("/usr/bin/mlid", *arguments)

    def _require(self, done: subprocess.CompletedProcess[str], code: int, step: str) -> None:
        if done.returncode != code:
            output = f"{done.stdout[-600:]}\n{done.stderr[-1500:]}"
            raise SmokeError(f"{step}: exit code {done.returncode} instead of {code}\n{output}")
        print(f"ok  {step}", flush=True)

    @staticmethod
    def _expect(condition: bool, step: str) -> None:
        if not condition:
            raise SmokeError(step)
        print(f"ok  {step}", flush=True)
