from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.install import install
from mlid_desktop.models.manifest import Manifest, Port
from mlid_desktop.models.store import ModelStore, Presence
from tests.unit.models.small import digest, doubling_model, write_manifest

DOUBLER = doubling_model()
TRIPLER = doubling_model(3.0)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return write_manifest(tmp_path / "resources", {"doubler.onnx": DOUBLER}, {"tripler.onnx": TRIPLER})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    installed = tmp_path / "models"
    installed.mkdir()
    (installed / "doubler.onnx").write_bytes(DOUBLER)
    return installed


def refusal(action: Callable[[], object]) -> ModelError:
    with pytest.raises(ModelError) as caught:
        action()
    return caught.value


def test_a_verified_model_runs(manifest: Manifest, folder: Path) -> None:
    session = ModelStore(manifest, folder, threads=1).open("doubler")
    (doubled,) = session.run(np.array([[1, 2, 3, 4]], np.float32))
    assert doubled.tolist() == [[2, 4, 6, 8]]
    assert session.facts["range"] == (0.0, 1.0)
    assert session.sha256 == digest(DOUBLER)


def test_a_result_outlives_the_next_run(manifest: Manifest, folder: Path) -> None:
    session = ModelStore(manifest, folder, threads=1).open("doubler")
    row = np.ones((1, 4), np.float32)
    (first,) = session.run(row)
    session.run(row * 10)
    assert first.tolist() == [[2, 2, 2, 2]]


def test_a_model_is_opened_once(manifest: Manifest, folder: Path) -> None:
    store = ModelStore(manifest, folder, threads=1)
    session = store.open("doubler")
    (folder / "doubler.onnx").unlink()
    assert store.open("doubler") is session


def test_an_input_that_is_missing_is_a_bug_of_the_caller(manifest: Manifest, folder: Path) -> None:
    with pytest.raises(ValueError, match="argument"):
        ModelStore(manifest, folder, threads=1).open("doubler").run()


@pytest.mark.parametrize("offset", [0, len(DOUBLER) // 2, len(DOUBLER) - 1])
def test_a_flipped_bit_refuses_to_load(manifest: Manifest, folder: Path, offset: int) -> None:
    changed = bytearray(DOUBLER)
    changed[offset] ^= 1
    (folder / "doubler.onnx").write_bytes(changed)
    fault = refusal(lambda: ModelStore(manifest, folder, threads=1).open("doubler"))
    assert fault.code is Code.MODEL_CHANGED
    assert fault.facts == {"role": "doubler", "file": "doubler.onnx"}


@pytest.mark.parametrize("content", [DOUBLER[:-1], b"", DOUBLER + b"\0"])
def test_a_file_of_another_length_refuses_to_load(manifest: Manifest, folder: Path, content: bytes) -> None:
    (folder / "doubler.onnx").write_bytes(content)
    assert refusal(lambda: ModelStore(manifest, folder, threads=1).open("doubler")).code is Code.MODEL_CHANGED


def test_a_missing_file_names_its_role_and_file(manifest: Manifest, folder: Path) -> None:
    (folder / "doubler.onnx").unlink()
    fault = refusal(lambda: ModelStore(manifest, folder, threads=1).open("doubler"))
    assert fault.code is Code.MODEL_MISSING
    assert fault.facts == {"role": "doubler", "file": "doubler.onnx"}


def test_a_model_that_need_not_be_installed_is_none_and_one_that_is_changed_is_refused(
    manifest: Manifest, folder: Path
) -> None:
    store = ModelStore(manifest, folder, threads=1)
    assert store.open_installed("doubler") is store.open("doubler")
    (folder / "doubler.onnx").write_bytes(b"something else")
    again = ModelStore(manifest, folder, threads=1)
    assert refusal(lambda: again.open_installed("doubler")).code is Code.MODEL_CHANGED
    (folder / "doubler.onnx").unlink()
    assert again.open_installed("doubler") is None


def test_an_unknown_role_is_missing(manifest: Manifest, folder: Path) -> None:
    assert refusal(lambda: ModelStore(manifest, folder, threads=1).open("palm")).code is Code.MODEL_MISSING


def test_a_folder_in_place_of_the_file_is_unusable(manifest: Manifest, folder: Path) -> None:
    (folder / "doubler.onnx").unlink()
    (folder / "doubler.onnx").mkdir()
    fault = refusal(lambda: ModelStore(manifest, folder, threads=1).open("doubler"))
    assert fault.code in {Code.MODEL_UNUSABLE, Code.MODEL_CHANGED}


def test_what_the_runtime_refuses_is_unusable(tmp_path: Path, folder: Path) -> None:
    manifest = write_manifest(tmp_path / "other", {"noise.onnx": b"not a model"})
    (folder / "noise.onnx").write_bytes(b"not a model")
    fault = refusal(lambda: ModelStore(manifest, folder, threads=1).open("noise"))
    assert fault.code is Code.MODEL_UNUSABLE
    assert fault.facts["file"] == "noise.onnx"


@pytest.mark.parametrize(
    "port",
    [
        Port("z", "float32", ("n", 4)),
        Port("x", "int64", ("n", 4)),
        Port("x", "float32", ("n", 5)),
        Port("x", "float32", (1, 4)),
        Port("x", "float32", (4,)),
    ],
)
def test_ports_other_than_the_manifest_says_are_unusable(manifest: Manifest, folder: Path, port: Port) -> None:
    differing = replace(manifest, models=(replace(manifest.models[0], inputs=(port,)),))
    fault = refusal(lambda: ModelStore(differing, folder, threads=1).open("doubler"))
    assert fault.code is Code.MODEL_UNUSABLE
    assert "inputs" in str(fault.facts["why"])


def test_a_model_that_cannot_take_its_warming_input_is_unusable(manifest: Manifest, folder: Path) -> None:
    port = Port("x", "float32", ("n", 4), warm=(1, 3))
    differing = replace(manifest, models=(replace(manifest.models[0], inputs=(port,)),))
    assert refusal(lambda: ModelStore(differing, folder, threads=1).open("doubler")).code is Code.MODEL_UNUSABLE


def test_the_state_tells_installed_missing_and_changed_apart(manifest: Manifest, folder: Path) -> None:
    def states() -> dict[str, Presence]:
        return {state.file: state.state for state in ModelStore(manifest, folder, threads=1).state()}

    assert states() == {"doubler.onnx": Presence.INSTALLED, "tripler.onnx": Presence.MISSING}
    (folder / "doubler.onnx").write_bytes(DOUBLER[::-1])
    assert states()["doubler.onnx"] is Presence.CHANGED


def test_a_preferred_alternative_serves_the_role(manifest: Manifest, folder: Path) -> None:
    (folder / "tripler.onnx").write_bytes(TRIPLER)
    store = ModelStore(manifest, folder, threads=1, preferred={"doubler": "tripler.onnx"})
    (tripled,) = store.open("doubler").run(np.ones((1, 4), np.float32))
    assert tripled.tolist() == [[3, 3, 3, 3]]
    assert [state.file for state in store.state() if state.chosen] == ["tripler.onnx"]


def test_a_preferred_alternative_that_is_not_installed_is_not_replaced_in_silence(
    manifest: Manifest, folder: Path
) -> None:
    store = ModelStore(manifest, folder, threads=1, preferred={"doubler": "tripler.onnx"})
    fault = refusal(lambda: store.open("doubler"))
    assert fault.code is Code.MODEL_MISSING
    assert fault.facts["file"] == "tripler.onnx"


def test_the_fingerprint_follows_the_chosen_models_and_their_order(manifest: Manifest, folder: Path) -> None:
    plain = ModelStore(manifest, folder, threads=1)
    other = ModelStore(manifest, folder, threads=1, preferred={"doubler": "tripler.onnx"})
    assert plain.fingerprint("doubler") == hashlib.sha256(digest(DOUBLER).encode()).hexdigest()
    assert plain.fingerprint("doubler") != other.fingerprint("doubler")
    assert plain.fingerprint() != plain.fingerprint("doubler")


def test_the_runtime_is_not_imported_before_a_model_is_opened() -> None:
    code = "import sys, mlid_desktop.models.store, mlid_desktop.models.install; "
    code += "sys.exit(any(name in sys.modules for name in ('onnxruntime', 'onnx', 'httpx')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[3]).returncode == 0


def test_every_published_model_opens_and_is_what_the_manifest_says(shared: Path, tmp_path: Path) -> None:
    manifest = Manifest.read(Path(__file__).parents[3] / "resources" / "models" / "manifest.toml")
    if not (shared / "models" / "upstream").is_dir():
        pytest.skip("no published files among the shared models")
    install(manifest, tmp_path, source=shared / "models", progress=lambda file, share: None)
    store = ModelStore(manifest, tmp_path, threads=1)
    for entry in manifest.defaults:
        assert store.open(entry.role).sha256 == entry.sha256
