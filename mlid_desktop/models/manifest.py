"""The manifest of models, checked field by field before any of it is used.

The file is ours and shipped with the program, but a damaged or swapped one would decide which bytes are trusted. So
nothing unknown is skipped and nothing has a silent default that would widen what is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.templates import Grade
from mlid_desktop.domain.text import toml_content
from mlid_desktop.models.fields import Fields, ManifestFault, frozen, items, matching
from mlid_desktop.models.pins import FILE, MAX_FILE_BYTES, SHA256, PinnedFile, read_package, read_pin, read_source

FORMAT = 1
MAX_MANIFEST_BYTES = 256 * 1024
MAX_ENTRIES = 64
MAX_SOURCES_OF_A_MODEL = 4
MAX_PACKAGES = 16
MAX_PORTS = 32
MAX_RANK = 8
MAX_AXIS = 1 << 24

SHIPPED = "shipped"  # the recipe of a file that comes with the program and is made of nothing
ROLE = r"[a-z][a-z0-9-]{0,39}"
CARD = r"[a-z][a-z0-9-]{0,63}\.md"
AXIS = r"\?|[A-Za-z][A-Za-z0-9_]{0,31}"
ELEMENT_TYPES = ("float32", "float64", "int64", "int32", "uint8")

Axis = int | str
FactValue = str | int | float | bool | tuple["FactValue", ...]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a model: ``shape`` has a number for a fixed axis and a name (or "?") for a free one.

    ``warm`` is a concrete shape for the warming run, ``fill`` the value that fills it; both matter for inputs alone.
    """

    name: str
    type: str
    shape: tuple[Axis, ...]
    warm: tuple[int, ...] | None = None
    fill: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model file of the manifest. ``facts`` say how its input is prepared and ``result`` what its output means;
    ``recipe`` and ``sources`` how the file is made. An ``alternative`` serves a role that has a default, and is
    installed on request; one that ``stands_in`` is the default's network with rounded weights: it gives the same but
    for rounding, and is installed and serves where the default cannot be had.
    """

    role: str
    file: str
    sha256: str
    size: int
    licence: str
    licence_file: str | None
    attribution: str
    grade: Grade
    recipe: str
    sources: tuple[PinnedFile, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    result: str
    card: str
    facts: Mapping[str, FactValue] = field(hash=False)
    alternative: bool = False
    stands_in: bool = False

    @property
    def pin(self) -> PinnedFile:
        """Name, hash and size of the finished model file."""
        return PinnedFile(self.file, self.sha256, self.size)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The models that this program can use, and the licence texts (in ``licence_folder``) they come under."""

    models: tuple[ModelEntry, ...]
    licences: tuple[PinnedFile, ...]
    licence_folder: Path

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Reads the manifest at ``path``; licence texts lie in ``licences`` beside it.

        Raises ModelError(MODEL_MANIFEST_INVALID) saying ``where`` and ``why``.
        """
        try:
            with path.open("rb") as file:
                untrusted = file.read(MAX_MANIFEST_BYTES + 1)
        except OSError as fault:
            raise ModelError(Code.MODEL_MANIFEST_INVALID, where=path.name, why=fault.strerror or "unreadable") from None
        return cls.parse(untrusted, path.parent / "licences")

    @classmethod
    def parse(cls, untrusted: bytes, licence_folder: Path) -> Manifest:
        """Parses a manifest's bytes; raises as :meth:`read`."""
        if len(untrusted) > MAX_MANIFEST_BYTES:
            raise ModelError(Code.MODEL_MANIFEST_INVALID, where="file", why="too large")
        try:
            content = toml_content(untrusted)
            return _manifest(Fields("", content), licence_folder)
        except ManifestFault as fault:
            raise ModelError(Code.MODEL_MANIFEST_INVALID, where=fault.where, why=fault.why) from None
        except ValueError:
            raise ModelError(Code.MODEL_MANIFEST_INVALID, where="file", why="not TOML") from None

    @property
    def defaults(self) -> tuple[ModelEntry, ...]:
        """The models that an installation holds when nothing else is asked for."""
        return tuple(entry for entry in self.models if not entry.alternative)

    def entry(self, role: str, file: str | None = None) -> ModelEntry:
        """The default model of a role, or the named one. Raises ModelError(MODEL_MISSING) where there is none."""
        for entry in self.models:
            if entry.role == role and (entry.file == file if file else not entry.alternative):
                return entry
        raise ModelError(Code.MODEL_MISSING, role=role, file=file or "")

    def stand_in(self, role: str) -> ModelEntry | None:
        """What serves a role where its default is not installed, giving the same but for rounding; None for none."""
        return next((entry for entry in self.models if entry.role == role and entry.stands_in), None)

    def licence_text(self, entry: ModelEntry) -> PinnedFile | None:
        """The licence text of an entry, where the program ships it."""
        return next((text for text in self.licences if text.file == entry.licence_file), None)


def _manifest(top: Fields, licence_folder: Path) -> Manifest:
    if top.integer("format", FORMAT, FORMAT) != FORMAT:
        raise ManifestFault("format", "unknown")
    licences = tuple(read_pin(fields, least_urls=0) for fields in top.tables("licence", MAX_ENTRIES))
    packages = tuple(read_package(fields) for fields in top.tables("package", MAX_PACKAGES))
    _require_distinct("package", [package.archive.file for package in packages])
    sources = tuple(read_source(fields, packages) for fields in top.tables("source", MAX_ENTRIES))
    _require_distinct("licence", [licence.file for licence in licences])
    _require_distinct("source", [source.file for source in sources])
    models = tuple(_model(fields, sources, licences) for fields in top.tables("model", MAX_ENTRIES))
    top.end()
    _require_distinct("model", [entry.file for entry in models])
    _require_distinct("model", [entry.role for entry in models if not entry.alternative])
    return Manifest(models, licences, licence_folder)


def _model(fields: Fields, sources: tuple[PinnedFile, ...], licences: tuple[PinnedFile, ...]) -> ModelEntry:
    alternative = fields.flag("alternative")
    licence_file = fields.text("licence_file", FILE, optional=alternative) or None
    recipe = fields.text("recipe", ROLE)
    names = fields.sequence("from", MAX_SOURCES_OF_A_MODEL, matching(FILE), least=0 if recipe == SHIPPED else 1)
    entry = ModelEntry(
        role=fields.text("role", ROLE),
        file=fields.text("file", FILE),
        sha256=fields.text("sha256", SHA256),
        size=fields.integer("size", 1, MAX_FILE_BYTES),
        licence=fields.text("licence"),
        licence_file=licence_file,
        attribution=fields.text("attribution"),
        grade=_grade(fields),
        recipe=recipe,
        sources=tuple(_named(sources, name, fields.at("from")) for name in names),
        inputs=_ports(fields, "inputs", optional=alternative),
        outputs=_ports(fields, "outputs", optional=alternative),
        result=fields.text("result"),
        card=fields.text("card", CARD),
        facts=_facts(fields),
        alternative=alternative,
        stands_in=fields.flag("stands_in"),
    )
    fields.end()
    if entry.stands_in and not alternative:
        raise ManifestFault(fields.at("stands_in"), "of a default")
    if licence_file is not None:
        _named(licences, licence_file, fields.at("licence_file"))
    return entry


def _grade(fields: Fields) -> Grade:
    value = fields.text("grade")
    if value not in set(Grade):
        raise ManifestFault(fields.at("grade"), "unknown")
    return Grade(value)


def _ports(fields: Fields, name: str, *, optional: bool) -> tuple[Port, ...]:
    """Reads a model's ports; an alternative may leave them out where its file was not available to read them from."""
    ports = tuple(_port(port_fields) for port_fields in fields.tables(name, MAX_PORTS))
    if not ports and not optional:
        raise ManifestFault(fields.at(name), "missing")
    _require_distinct(fields.at(name), [port.name for port in ports])
    return ports


def _port(fields: Fields) -> Port:
    name, kind = fields.text("name"), fields.text("type")
    if kind not in ELEMENT_TYPES:
        raise ManifestFault(fields.at("type"), "unknown")
    shape = fields.sequence("shape", MAX_RANK, _axis)
    warm = fields.sequence("warm", MAX_RANK, _fixed_axis) if fields.has("warm") else None
    fill = fields.number("fill") if fields.has("fill") else 0.0
    fields.end()
    if warm is not None and not _fits(warm, shape):
        raise ManifestFault(fields.at("warm"), "does not fit the shape")
    return Port(name, kind, shape, warm, fill)


def _axis(where: str, untrusted: object) -> Axis:
    return matching(AXIS)(where, untrusted) if isinstance(untrusted, str) else _fixed_axis(where, untrusted)


def _fixed_axis(where: str, untrusted: object) -> int:
    if isinstance(untrusted, bool) or not isinstance(untrusted, int) or not 1 <= untrusted <= MAX_AXIS:
        raise ManifestFault(where, "not the length of an axis")
    return untrusted


def _fits(concrete: tuple[int, ...], shape: tuple[Axis, ...]) -> bool:
    return len(concrete) == len(shape) and all(
        isinstance(axis, str) or axis == length for length, axis in zip(concrete, shape, strict=True)
    )


def _facts(fields: Fields) -> Mapping[str, FactValue]:
    table = fields.table("preprocessing")
    return frozen({name: _fact(table.at(name), value, 0) for name, value in items(table)})


def _fact(where: str, untrusted: Any, depth: int) -> FactValue:
    if isinstance(untrusted, str | int | float):  # bool is an int
        return untrusted
    if isinstance(untrusted, list) and depth < 2 and len(untrusted) <= MAX_ENTRIES:
        return tuple(_fact(where, value, depth + 1) for value in untrusted)
    raise ManifestFault(where, "neither text, number nor list")


def _named(pins: tuple[PinnedFile, ...], name: str, where: str) -> PinnedFile:
    for pin in pins:
        if pin.file == name:
            return pin
    raise ManifestFault(where, f"no entry for {name}")


def _require_distinct(where: str, names: list[str]) -> None:
    folded = [name.casefold() for name in names]  # two names that differ in case are one file on Windows and macOS
    if len(set(folded)) != len(folded):
        raise ManifestFault(where, "named twice")
