"""A fresh machine: no model pack, no network. Faces, fingers and voices work for evaluation, in a demo vault alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.models.conversion.recipes import build
from mlid_desktop.models.manifest import Manifest
from tests.command_line import AtVault, mlid, new_vault
from tests.makers import RESOURCES


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtVault]:
    folder = tmp_path_factory.mktemp("fresh")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLID_MODELS", str(folder / "no-models"))
        patch.setenv("MLID_LANGUAGE", "en")
        made = new_vault(folder / "desk", demo=True)
        enrolled = made.mlid(
            "enrol", "--number", "1", "--name", "Ada", "--consent", "accepted", "--face", "simulated:face?seed=1",
            "--finger", "right-index=simulated:finger?seed=1", "--voice", "simulated:voice?seed=1", "--json",
        )  # fmt: skip  # a command is a line
        assert enrolled.code == 0, enrolled.err + enrolled.out
        yield made


@pytest.mark.parametrize(
    ("command", "own", "other"),
    [
        (("--face",), "simulated:face?seed=1", "simulated:face?seed=4"),
        (
            ("--instead", "device_fault", "--finger"),
            "right-index=simulated:finger?seed=1&impression=3",
            "right-index=simulated:finger?seed=6",
        ),
    ],
)
def test_the_person_is_accepted_and_another_rejected(
    vault: AtVault, command: tuple[str, ...], own: str, other: str
) -> None:
    assert vault.mlid("verify", "--number", "1", *command, own).code == 0
    assert vault.mlid("verify", "--number", "1", *command, other).code == 1


def test_a_voice_is_heard_by_its_loudness_and_supports(vault: AtVault) -> None:
    done = vault.mlid(
        "verify", "--number", "1", "--face", "simulated:face?seed=1", "--voice", "simulated:voice?seed=1&take=4"
    )
    assert done.code == 0, done.err + done.out


def test_an_operational_vault_takes_no_face_and_names_the_command(vault: AtVault, tmp_path: Path) -> None:
    real = new_vault(tmp_path / "real", demo=False)
    done = real.mlid(
        "enrol", "--number", "1", "--name", "Ada", "--consent", "accepted", "--face", "simulated:face?seed=1"
    )
    assert done.code != 0
    assert "mlid models install" in done.err
    assert mlid("records", "--vault", real.folder, *real.options[2:]).code == 0


def test_with_sface_alone_faces_are_compared_by_it_for_evaluation(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a package index alone gives: the published embedder, and nothing that looks for attacks."""
    source = shared / "models" / "upstream" / "face_recognition_sface_2021dec_int8bq.onnx"
    if not source.is_file():
        pytest.skip("no upstream files among the shared models")
    entry = Manifest.read(RESOURCES / "models" / "manifest.toml").entry("face-embedding-sface")
    (tmp_path / entry.file).write_bytes(build(entry, [source.read_bytes()]))
    monkeypatch.setenv("MLID_MODELS", str(tmp_path))
    monkeypatch.setenv("MLID_LANGUAGE", "en")
    demo = new_vault(tmp_path / "demo", demo=True)
    enrol = ("enrol", "--number", "1", "--name", "Ada", "--consent", "accepted", "--face", "simulated:face?seed=1")
    assert demo.mlid(*enrol).code == 0
    (kept,) = demo.mlid("records", "show", "1", "--json").json["references"]
    assert kept["extractor"] == "face-sface"
    assert demo.mlid("verify", "--number", "1", "--face", "simulated:face?seed=1").code == 0
    assert demo.mlid("verify", "--number", "1", "--face", "simulated:face?seed=4").code != 0
    real = new_vault(tmp_path / "real", demo=False)
    refused = real.mlid(*enrol)
    assert refused.code != 0
    assert "mlid models install" in refused.err
