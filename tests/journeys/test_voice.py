"""Voices at the command line: the right person says the digits asked, others and other digits do not pass."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from mlid_desktop.station.capture import prompted_takes
from tests.command_line import AtVault, finger, mlid, new_vault


@pytest.fixture(autouse=True)
def the_same_digits_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw in a hundred asks digits that a person is not recognised by: not a matter of these tests."""
    draws = iter(range(1, 1000))
    monkeypatch.setattr(prompted_takes, "SystemRandom", lambda: Random(next(draws)))


def enrolled(tmp_path: Path, voice: str) -> AtVault:
    vault = new_vault(tmp_path / "vault", demo=True)
    ran = vault.mlid(
        "enrol", "--number", "1", "--name", "Ada Low", "--consent", "accepted", *finger(7), "--voice", voice
    )
    assert ran.code == 0, ran.out + ran.err
    return vault


def evidence_of_voice(vault: AtVault, voice: str) -> tuple[int, list[str], dict[str, object]]:
    ran = vault.mlid("verify", "--number", "1", *finger(7, 3), "--voice", voice, "--json")
    (row,) = (evidence for evidence in ran.json["evidence"] if evidence["characteristic"] == "voice")
    return ran.code, ran.json["reasons"], row


def test_without_any_model_made_up_voices_are_told_apart_by_the_digits_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLID_MODELS", str(tmp_path / "no-models"))
    vault = enrolled(tmp_path, "simulated:voice?seed=8")
    code, reasons, row = evidence_of_voice(vault, "simulated:voice?seed=8&take=40")
    assert (code, reasons) == (0, ["same_person"])
    assert row["prompt"] == {"confirmed": True, "same_voice": True}
    code, reasons, row = evidence_of_voice(vault, "simulated:voice?seed=9&take=40")
    assert (code, reasons[0]) == (3, "supporting_differs")
    assert row["passed"] is False
    for speaker in (8, 9):
        code, reasons, row = evidence_of_voice(vault, f"simulated:voice?seed={speaker}&take=60&noise=30")
        assert (code, reasons) == (0, ["same_person"])
        assert (row["reason"], row["passed"], row.get("prompt")) == ("room_too_loud", False, None)
    told = vault.mlid("verify", "--number", "1", *finger(7, 3), "--voice", "simulated:voice?seed=8&take=60&noise=30")
    assert "the voice says nothing about who spoke" in told.out
    alone = vault.mlid("verify", "--number", "1", "--voice", "simulated:voice?seed=8&take=80", "--json")
    assert alone.code == 3
    assert "supporting_only" in alone.json["reasons"]


def test_recorded_speakers_answer_fresh_digits_with_their_own_recordings(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLID_MODELS", str(tmp_path / "no-models"))
    folder = shared / "data" / "voice" / "fsdd"
    vault = enrolled(tmp_path, f"digits:{folder}?speaker=george")
    code, _, row = evidence_of_voice(vault, f"digits:{folder}?speaker=george&first=20")
    assert (code, row["prompt"]) == (0, {"confirmed": True, "same_voice": True})
    code, _, row = evidence_of_voice(vault, f"digits:{folder}?speaker=jackson&first=20")
    assert (code, row["passed"]) == (3, False)


def test_a_recording_cannot_answer_what_it_was_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLID_MODELS", str(tmp_path / "no-models"))
    vault = enrolled(tmp_path, "simulated:voice?seed=8")
    sound = tmp_path / "replay.wav"
    assert mlid("record", "simulated:voice?seed=8", "--out", sound, "--seconds", "3").code == 0
    code, reasons, row = evidence_of_voice(vault, f"file:{sound}")
    assert row["passed"] is False
    assert (code, reasons[0]) != (0, "same_person") or row["reason"] in ("no_usable_capture", "no_prompt")


def test_sound_is_recorded_for_whoever_wants_to_hear_it(tmp_path: Path) -> None:
    ran = mlid("record", "simulated:voice?seed=3", "--out", tmp_path / "a.wav", "--seconds", "0.5", "--json")
    assert ran.code == 0
    assert ran.json["seconds"] == 0.5
    again = mlid("record", "simulated:voice?seed=3", "--out", tmp_path / "a.wav")
    assert (again.code, "usage.output_exists" in again.err) == (2, True)
