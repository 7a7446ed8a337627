"""Runs the Python package client (pip) of this machine: takes wheels, and asks how it reaches its indexes."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.models.pins import Package

DOWNLOAD_SECONDS = 900.0
ASK_SECONDS = 60.0
MAX_WHY = 200
WIDE = "4000"  # columns, so that the client's help breaks no address
WHEEL_TAGS = re.compile(r"-([a-z]+)([0-9]*)[a-z0-9.]*-([a-z0-9]+)-([a-z0-9_.]+)\.whl")
SETTING = re.compile(r"(global|download|:env:)\.([a-z-]+)=('.*'|\".*\")")
SCOPES = ("global", "download", ":env:")  # a later one goes before an earlier one
DEFAULT_INDEX = re.compile(r"--index-url <url>\s[^\n]*\(default (\S+)\)")


class ClientError(Exception):
    """Raised where the package client did not do what was asked; ``why`` says it in the client's words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where the client looks for packages: addresses of indexes, and folders or pages with archives."""

    indexes: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageClient:
    """The Python package client as a ``command``; ``variables`` are added to its environment."""

    command: tuple[str, ...]
    variables: Mapping[str, str]

    def download_wheel(self, package: Package, folder: Path) -> None:
        """Takes a package's wheel into ``folder``, whatever Python and system it is for. Raises ClientError.

        Binary archives alone and no dependencies: nothing of a package is built, imported or run for that.
        """
        folder.mkdir(parents=True, exist_ok=True)
        wanted = folder / f"{package.archive.file}.txt"
        wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.archive.sha256}\n", "ascii")
        arguments = ["download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--ignore-requires-python"]
        arguments += ["--dest", ".", *_platform_of(package.archive.file), "--requirement", wanted.name]
        try:
            self._run(arguments, DOWNLOAD_SECONDS, folder)
        finally:
            wanted.unlink(missing_ok=True)

    def index_settings(self) -> IndexSettings:
        """How the client is set up to find packages, by its own account. Raises ClientError."""
        said = self._run(["config", "list"], ASK_SECONDS)
        found: dict[tuple[str, str], str] = {}
        for line in said.splitlines():
            match = SETTING.fullmatch(line.strip())
            if match is not None:
                found[match[1], match[2]] = str(ast.literal_eval(match[3]))

        def value(name: str) -> str:
            return next((found[scope, name] for scope in reversed(SCOPES) if (scope, name) in found), "")

        links = tuple(value("find-links").split())
        if value("no-index").lower() in {"1", "true", "yes", "on"}:
            return IndexSettings((), links)
        return IndexSettings(((value("index-url") or self._default_index()), *value("extra-index-url").split()), links)

    def _default_index(self) -> str:
        match = DEFAULT_INDEX.search(self._run(["download", "--help"], ASK_SECONDS))
        if match is None:
            raise ClientError("the package client names no index")
        return match[1]

    def _run(self, arguments: Sequence[str], seconds: float, folder: Path | None = None) -> str:
        command = [*self.command, "--disable-pip-version-check", "--no-input", "--no-color", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - this Python's own client, with words of our own
                command,
                cwd=folder,
                env={**os.environ, "COLUMNS": WIDE, **self.variables},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ClientError("no answer in time") from None
        except OSError as fault:
            raise ClientError(f"the package client does not start: {fault.strerror}") from fault
        if done.returncode != 0:
            raise ClientError(_reason(done.stderr))
        return done.stdout


def find_client(proxy: str = "") -> PackageClient | None:
    """The package client of this Python; None in a frozen program, or where there is none."""
    if getattr(sys, "frozen", False) or importlib.util.find_spec("pip") is None:
        return None
    return PackageClient((sys.executable, "-P", "-m", "pip"), {"PIP_PROXY": proxy} if proxy else {})


def _platform_of(wheel: str) -> list[str]:
    """The client's arguments for a wheel of another Python or system than this one, by the tags in its name."""
    tags = WHEEL_TAGS.search(wheel)
    if tags is None:
        raise ClientError(f"not the name of a wheel: {wheel}")
    implementation, version, abi, platforms = tags.groups()
    if platforms == "any":
        return []
    wanted = ["--implementation", implementation, "--python-version", version, "--abi", abi]
    return wanted + [part for platform in platforms.split(".") for part in ("--platform", platform)]


def _reason(said: str) -> str:
    """The client's own words on why it failed."""
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    return (errors[-1] if errors else "the package client failed")[:MAX_WHY]
