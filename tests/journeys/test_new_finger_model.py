"""A vault of a station without the network for minutiae, and the same vault once it is installed: everybody is
accepted as before, by what they enrolled, and an accepted visit renews it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import mlid, new_vault
from tests.leader_model import install_leader, published_leader

TOUCH = "right-index=simulated:finger?seed={}&impression={}"


def test_everybody_is_accepted_as_before(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published_leader(shared)
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setenv("MLID_MODELS", str(models))
    monkeypatch.setenv("MLID_LANGUAGE", "en")
    vault = new_vault(tmp_path / "desk", demo=True)
    for number in ("1", "2"):
        vault.enrol(number, f"Person {number}", ("--finger", f"right-index=simulated:finger?seed={number}"))
    before = tmp_path / "before.mlft"
    assert mlid("template", finger_picture(tmp_path), "-o", before, "--format", "native").code == 0

    install_leader(models, shared)

    def verify(number: str, seed: int, impression: int) -> int:
        touch = TOUCH.format(seed, impression)
        return vault.mlid("verify", "--number", number, "--instead", "device_fault", "--finger", touch).code

    def renewed() -> int:
        return vault.mlid("audit", "show", "--json").out.count("reference.renewed")

    assert verify("1", 6, 3) == 1, "a stranger is refused"
    assert renewed() == 0
    found = vault.mlid("identify", "--finger", TOUCH.format(2, 3), "--json")
    assert found.code == 0, found.err + found.out
    assert "Person 2" in found.out, "a search covers those who were enrolled before"
    assert verify("1", 1, 3) == 0
    assert renewed() == 1
    assert verify("1", 1, 4) == 0, "by the new one"
    assert verify("1", 6, 4) == 1
    assert renewed() == 1
    whole = mlid("vault", "verify", vault.folder, *vault.options[2:])
    assert whole.code == 0, whole.err + whole.out
    same = mlid("compare", before, finger_picture(tmp_path), "--json")
    assert same.json["score"] > 0.9, "a picture is read by the extractor of the template that it is compared with"
    after = tmp_path / "after.mlft"
    assert mlid("template", finger_picture(tmp_path), "-o", after, "--format", "native").code == 0
    mixed = mlid("compare", before, after)
    assert mixed.code == 4, mixed.out
    assert "model.extractor_mismatch" in mixed.err


def finger_picture(folder: Path) -> Path:
    import cv2

    from tests.worked_out_once import touch_image

    path = folder / "picture.png"
    cv2.imwrite(str(path), touch_image(7, 1))
    return path
