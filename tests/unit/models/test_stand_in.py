"""The default's network with rounded weights: installed and used where the default cannot be had, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.install import install
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from tests.makers import RESOURCES
from tests.unit.models.small import doubling_model, write_manifest

SHIPPED = (RESOURCES / "models" / "manifest.toml").read_text("utf-8")
ROLE, DEFAULT, OTHER = "face-detector-dynamic", "yunet_s_dynamic.onnx", "yunet-dynamic-int8.onnx"


@pytest.fixture
def manifest() -> Manifest:
    return Manifest.parse(SHIPPED.encode(), RESOURCES / "models" / "licences")


def test_the_shipped_stand_in_is_of_the_detector(manifest: Manifest) -> None:
    entry = manifest.stand_in(ROLE)
    assert entry is not None
    assert (entry.file, entry.alternative) == (OTHER, True)
    assert manifest.stand_in("face-embedding") is None


def test_a_default_stands_in_for_nothing() -> None:
    entry = f'role = "{ROLE}"\nfile = "{DEFAULT}"'
    changed = SHIPPED.replace(entry, f"{entry}\nstands_in = true")
    assert changed != SHIPPED
    with pytest.raises(ModelError) as caught:
        Manifest.parse(changed.encode(), RESOURCES / "models" / "licences")
    assert caught.value.code is Code.MODEL_MANIFEST_INVALID


def test_the_default_serves_where_it_is_installed_whatever_else_is(
    manifest: Manifest, shared: Path, tmp_path: Path
) -> None:
    default = shared / "models" / "pack" / DEFAULT
    if not default.is_file():
        pytest.skip("no models")
    (tmp_path / DEFAULT).symlink_to(default)
    (tmp_path / OTHER).write_bytes(b"not looked at")
    store = ModelStore(manifest, tmp_path, threads=1)
    assert store.open(ROLE).entry.file == DEFAULT


def test_a_changed_stand_in_is_refused_like_any_model(manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / OTHER).write_bytes(b"something else")
    store = ModelStore(manifest, tmp_path, threads=1)
    with pytest.raises(ModelError) as caught:
        store.open(ROLE)
    assert caught.value.code is Code.MODEL_CHANGED
    assert store.fingerprint(ROLE) == ModelStore(manifest, tmp_path / "none", threads=1).fingerprint(ROLE)


def test_where_the_default_cannot_be_had_what_stands_in_for_it_is_installed_and_serves(tmp_path: Path) -> None:
    default, other = doubling_model(), doubling_model(3.0)
    made = write_manifest(tmp_path / "resources", {"doubler.onnx": default}, {"rounded.onnx": other})
    manifest = replace(
        made, models=tuple(replace(entry, stands_in=entry.file == "rounded.onnx") for entry in made.models)
    )
    brought, folder = tmp_path / "brought", tmp_path / "models"
    brought.mkdir()
    (brought / "rounded.onnx").write_bytes(other)
    with pytest.raises(ModelError) as caught:
        install(manifest, folder, source=brought, progress=lambda *_: None)
    assert (caught.value.code, caught.value.facts["file"]) == (Code.MODEL_FETCH_FAILED, "doubler.onnx")
    store = ModelStore(manifest, folder, threads=1)
    (tripled,) = store.open("doubler").run(np.ones((1, 4), np.float32))
    assert tripled.tolist() == [[3, 3, 3, 3]]
    (brought / "doubler.onnx").write_bytes(default)
    install(manifest, folder, source=brought, progress=lambda *_: None)
    (doubled,) = ModelStore(manifest, folder, threads=1).open("doubler").run(np.ones((1, 4), np.float32))
    assert doubled.tolist() == [[2, 2, 2, 2]]


def test_a_stand_in_is_looked_for_where_the_default_is_missing_alone(
    manifest: Manifest, shared: Path, tmp_path: Path
) -> None:
    upstream = shared / "models" / "upstream"
    if not (upstream / DEFAULT).is_file():
        pytest.skip("no upstream files among the shared models")
    brought = tmp_path / "brought"
    brought.mkdir()
    for path in upstream.iterdir():
        (brought / path.name).symlink_to(path)
    install(manifest, tmp_path / "whole", source=brought, progress=lambda *_: None)
    assert not (tmp_path / "whole" / OTHER).exists()
    (brought / DEFAULT).unlink()
    with pytest.raises(ModelError) as caught:
        install(manifest, tmp_path / "lacking", source=brought, progress=lambda *_: None)
    assert caught.value.facts["file"] == DEFAULT
