"""The pipeline with its real models, opened once, and the pictures it is shown."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mlid_desktop.modalities.face.opening import open_face_pipeline
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from tests.makers import RESOURCES


@cache
def opened_store(shared: Path) -> ModelStore:
    """The shared models, under the manifest that the product ships."""
    manifest = Manifest.read(RESOURCES / "models" / "manifest.toml")
    return ModelStore(manifest, shared / "models" / "pack", threads=1)


@cache
def opened_pipeline(shared: Path) -> FacePipeline:
    """The pipeline with default gates."""
    return open_face_pipeline(opened_store(shared), RESOURCES / "face")


@pytest.fixture
def store(shared: Path) -> ModelStore:
    """The model store."""
    return opened_store(shared)


@pytest.fixture
def pipeline(shared: Path) -> FacePipeline:
    """The face pipeline."""
    return opened_pipeline(shared)
