"""A model is replaced: everybody is accepted as before, and moves over at the next accepted visit."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from mlid_desktop.models.install import install
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.station.capture import prompted_takes
from tests.command_line import AtVault, finger, mlid, new_vault
from tests.makers import RESOURCES

TODAY, BEFORE = "speaker-campplus-192.onnx", "speaker-bilstm-128.onnx"
VOICE = "simulated:voice?seed=8"


@pytest.fixture(scope="module")
def whole(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every model, today's and the one before."""
    if not (shared / "models" / "upstream").is_dir():
        pytest.skip("no upstream files among the shared models")
    folder = tmp_path_factory.mktemp("models") / "today"
    manifest = Manifest.read(RESOURCES / "models" / "manifest.toml")
    install(manifest, folder, source=shared / "models", progress=lambda note, done: None)
    return folder


@pytest.fixture
def before(whole: Path, tmp_path: Path) -> Path:
    """The models of the last release."""
    folder = tmp_path / "before"
    shutil.copytree(whole, folder)
    (folder / TODAY).unlink()
    return folder


@pytest.fixture(autouse=True)
def the_same_digits_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter(range(1, 1000))
    monkeypatch.setattr(prompted_takes, "SystemRandom", lambda: Random(next(draws)))


def made_by(vault: AtVault) -> str:
    """The extractor of the person's voice reference."""
    shown = vault.mlid("records", "show", "1", "--json").json
    (voice,) = (reference for reference in shown["references"] if reference["characteristic"] == "voice")
    return str(voice["made_by"])


def verified(vault: AtVault, touch: int, voice: str = VOICE) -> tuple[int, bool]:
    """The exit code of a visit, and whether the voice passed; each visit has a touch and a take of its own."""
    spoken = f"{voice}&take={30 + 10 * touch}"
    ran = vault.mlid("verify", "--number", "1", *finger(7, touch), "--voice", spoken, "--json")
    (row,) = (evidence for evidence in ran.json["evidence"] if evidence["characteristic"] == "voice")
    assert ran.code in (0, 1, 3), ran.out + ran.err
    return ran.code, bool(row["passed"])


def test_nobody_is_enrolled_again(before: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLID_MODELS", str(before))
    vault = new_vault(tmp_path / "vault", demo=True)
    ran = vault.mlid(
        "enrol", "--number", "1", "--name", "Ada Low", "--consent", "accepted", *finger(7), "--voice", VOICE
    )
    assert ran.code == 0, ran.out + ran.err
    old = made_by(vault)
    assert verified(vault, 3) == (0, True)
    assert made_by(vault) == old

    monkeypatch.setenv("MLID_MODELS", str(whole))
    assert verified(vault, 5, "simulated:voice?seed=9")[1] is False
    assert made_by(vault) == old, "a stranger's voice renews nothing"
    assert verified(vault, 7) == (0, True)
    new = made_by(vault)
    assert new != old
    assert verified(vault, 8) == (0, True)
    assert made_by(vault) == new
    assert verified(vault, 9, "simulated:voice?seed=9")[1] is False
    whole_vault = mlid(
        "vault", "verify", vault.folder, "--passphrase-file", vault.passphrase_file, "--operator", vault.operator
    )
    assert whole_vault.code == 0, whole_vault.err


FACE_TODAY = "face-sface-128.onnx"
FACE = "simulated:face?seed=7"


def test_nobody_whose_face_was_enrolled_before_is_enrolled_again(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tmp_path / "without"
    shutil.copytree(whole, before)
    (before / FACE_TODAY).unlink()
    monkeypatch.setenv("MLID_MODELS", str(before))
    vault = new_vault(tmp_path / "vault", demo=True)
    ran = vault.mlid("enrol", "--number", "1", "--name", "Ada Low", "--consent", "accepted", "--face", FACE)
    assert ran.code == 0, ran.out + ran.err

    def made_by() -> str:
        (kept,) = vault.mlid("records", "show", "1", "--json").json["references"]
        return str(kept["extractor"])

    def verified(seed: int) -> int:
        return vault.mlid("verify", "--number", "1", "--face", f"simulated:face?seed={seed}", "--json").code

    assert (verified(7), made_by()) == (0, "face-retail-0095")
    monkeypatch.setenv("MLID_MODELS", str(whole))
    assert (verified(4), made_by()) == (1, "face-retail-0095"), "a stranger's face renews nothing"
    assert (verified(7), made_by()) == (0, "face-sface-retail-0095")
    assert verified(7) == 0
    assert verified(4) == 1
    found = vault.mlid("identify", "--face", FACE, "--json")
    assert found.code == 0, found.out + found.err
