"""A model of a few hundred bytes, and a manifest that pins it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from onnx import TensorProto, helper

from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.pins import PinnedFile

LICENCE = b"Do as you please.\n"


def doubling_model(factor: float = 2.0) -> bytes:
    """``x`` (n, 4) -> ``y`` = factor * x."""
    constant = helper.make_tensor("factor", TensorProto.FLOAT, [], [factor])
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in ("x", "y")]
    node = helper.make_node("Mul", ["x", "factor"], ["y"])
    graph = helper.make_graph([node], "doubling", ports[:1], ports[1:], [constant])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString(deterministic=True))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pin_toml(kind: str, file: str, content: bytes) -> str:
    return (
        f'[[{kind}]]\nfile = "{file}"\nsha256 = "{digest(content)}"\nsize = {len(content)}\n'
        f'urls = ["https://models.invalid/{file}"]\n'
    )


def model_toml(role: str, file: str, content: bytes, extra: str = "") -> str:
    return (
        f'[[model]]\nrole = "{role}"\nfile = "{file}"\nsha256 = "{digest(content)}"\nsize = {len(content)}\n'
        f'licence = "MIT"\nlicence_file = "LICENSE.small"\nattribution = "nobody"\ngrade = "operational"\n'
        f'recipe = "copy"\nfrom = ["{file}"]\ncard = "small.md"\nresult = "twice the input"\n'
        'inputs = [{ name = "x", type = "float32", shape = ["n", 4] }]\n'
        'outputs = [{ name = "y", type = "float32", shape = ["n", 4] }]\n'
        f"{extra}[model.preprocessing]\nrange = [0.0, 1.0]\n"
    )


def manifest_toml(models: dict[str, bytes], alternatives: dict[str, bytes] | None = None) -> str:
    """One model a role; the role is the file's stem. Alternatives serve the first role."""
    others = alternatives or {}
    first = next(iter(models)).removesuffix(".onnx")
    parts = ["format = 1\n", pin_toml("licence", "LICENSE.small", LICENCE)]
    parts += [pin_toml("source", file, content) for file, content in (models | others).items()]
    parts += [model_toml(file.removesuffix(".onnx"), file, content) for file, content in models.items()]
    parts += [model_toml(first, file, content, "alternative = true\n") for file, content in others.items()]
    return "\n".join(parts)


def write_manifest(folder: Path, models: dict[str, bytes], alternatives: dict[str, bytes] | None = None) -> Manifest:
    """The manifest, read from a file, with its licence text beside it."""
    (folder / "licences").mkdir(parents=True)
    (folder / "licences" / "LICENSE.small").write_bytes(LICENCE)
    path = folder / "manifest.toml"
    path.write_text(manifest_toml(models, alternatives), encoding="utf-8")
    return Manifest.read(path)


def published_at(manifest: Manifest, address: str) -> Manifest:
    """The same manifest with every source at ``address``: a manifest file may name https only."""

    def moved(pin: PinnedFile) -> PinnedFile:
        return replace(pin, urls=(f"{address}/{pin.file}",))

    models = tuple(replace(entry, sources=tuple(map(moved, entry.sources))) for entry in manifest.models)
    return replace(manifest, models=models)
