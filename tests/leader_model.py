"""The network for minutiae, made of its published file where the shared folder has it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mlid_desktop.models.conversion.recipes import build
from mlid_desktop.models.manifest import Manifest, ModelEntry
from tests.makers import RESOURCES

ROLE = "fingerprint-minutiae"


def published_leader(shared: Path) -> Path:
    """The file as it is published; skips where it is not there."""
    path = shared / "models" / "upstream" / "LEADER.onnx"
    if not path.is_file():
        pytest.skip("no published LEADER.onnx")
    return path


@cache
def manifest() -> Manifest:
    """The shipped manifest."""
    return Manifest.read(RESOURCES / "models" / "manifest.toml")


def leader_entry() -> ModelEntry:
    """The network's entry in it."""
    return manifest().entry(ROLE)


@cache
def leader_bytes(published: Path) -> bytes:
    """The network's file as it is installed."""
    return build(leader_entry(), [published.read_bytes()])


def install_leader(folder: Path, shared: Path) -> None:
    """Puts the network into a folder of models; skips where it cannot be made."""
    (folder / leader_entry().file).write_bytes(leader_bytes(published_leader(shared)))
