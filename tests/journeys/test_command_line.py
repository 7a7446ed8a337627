"""Whole days at the command line: enrolled once, checked again later, wrong people and pictures turned away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.command_line import AtVault, finger, new_vault
from tests.conftest import ROOT
from tests.recordings import half_of, people_at_a_webcam

PEOPLE = ("0001", "0002", "0003", "0004", "0005")


def test_without_any_model_the_main_job_is_done_by_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated reader, as the demo uses it on a machine without models."""
    monkeypatch.setenv("MLID_MODELS", str(tmp_path / "no-models"))
    vault = new_vault(tmp_path / "vault", demo=True)
    touch = "right-index=simulated:finger?seed=7"
    enrolled = vault.mlid("enrol", "--number", "1001", "--name", "Ada Low", "--consent", "accepted", "--finger", touch)
    assert enrolled.code == 0, enrolled.err
    assert vault.mlid("verify", "--number", "1001", *finger(7, 9)).code == 0
    assert vault.mlid("verify", "--number", "1001", *finger(9, 1)).code == 1
    found = vault.mlid("identify", *finger(7, 12), "--json")
    assert [candidate["number"] for candidate in found.json["candidates"]] == ["1001"]


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LIVE or PRINT, PERSON, and which half of the frames: links to the shared ones."""
    return tmp_path_factory.mktemp("frames")


@pytest.fixture(scope="module")
def models() -> Iterator[None]:
    """The pack beside the shared data, for the whole module."""
    with pytest.MonkeyPatch.context() as patch:
        pack = Path(os.environ.get("MLID_SHARED") or ROOT.parent / "shared") / "models" / "pack"
        if not pack.is_dir():
            pytest.skip(f"no models at {pack} (set MLID_SHARED)")
        patch.setenv("MLID_MODELS", str(pack))
        yield


@pytest.fixture(scope="module")
def desk(models: None, frames: Path, tmp_path_factory: pytest.TempPathFactory) -> AtVault:
    """A demo vault."""
    return new_vault(tmp_path_factory.mktemp("desk") / "vault", demo=True)


@pytest.fixture
def people(desk: AtVault, shared: Path, frames: Path) -> Path:
    """Five people at a webcam, enrolled from half of their frames."""
    source = people_at_a_webcam(shared)
    known = {person["number"] for person in desk.mlid("records", "--json").json["subjects"]}
    for person in PEOPLE:
        if person not in known:
            face = half_of(source, frames, "live", person, first=True)
            done = desk.mlid("enrol", "--number", person, "--name", person, "--consent", "accepted", "--face", face)
            assert done.code == 0, done.err + done.out
    return source


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_is_accepted_and_their_printed_picture_is_refused(
    desk: AtVault, people: Path, frames: Path, person: str
) -> None:
    live = desk.mlid(
        "verify", "--number", person, "--face", half_of(people, frames, "live", person, first=False), "--json"
    )
    assert live.code == 0
    assert live.json["evidence"][0]["attack"]["verdict"] == "bona_fide"
    printed = desk.mlid(
        "verify", "--number", person, "--face", half_of(people, frames, "print", person, first=False), "--json"
    )
    assert printed.code == 1
    assert printed.json["reasons"] == ["attack_suspected"]


@pytest.mark.parametrize(("number", "shown"), list(pairwise((*PEOPLE, PEOPLE[0]))))
def test_another_person_is_rejected(desk: AtVault, people: Path, frames: Path, number: str, shown: str) -> None:
    face = half_of(people, frames, "live", shown, first=False)
    done = desk.mlid("verify", "--number", number, "--face", face, "--json")
    assert done.code == 1
    assert done.json["reasons"] == ["different_person"]


def test_a_search_brings_up_the_person_and_no_search_is_made_for_a_picture(
    desk: AtVault, people: Path, frames: Path
) -> None:
    live = half_of(people, frames, "live", "0003", first=False)
    found = desk.mlid("identify", "--face", live, "--json")
    assert found.code == 0
    assert [(candidate["number"], candidate["tier"]) for candidate in found.json["candidates"]] == [("0003", "strong")]
    printed = desk.mlid("identify", "--face", half_of(people, frames, "print", "0003", first=False), "--json")
    assert printed.code == 1
    assert printed.json["reasons"] == ["attack_suspected"]
    again = ("enrol", "--number", "again", "--name", "Again", "--consent", "accepted", "--face", live, "--json")
    duplicate = desk.mlid(*again)
    assert duplicate.code == 3
    assert duplicate.json["candidates"][0]["number"] == "0003"


def test_a_video_enrols_and_its_replay_on_a_screen_is_refused(desk: AtVault, shared: Path) -> None:
    clips = shared / "data" / "pad" / "screen_replay_video"
    if not clips.is_dir():
        pytest.skip(f"no clips at {clips}")
    real, replayed = f"file:{clips / 'real.mp4'}", f"file:{clips / 'fake.mp4'}"
    enrolled = desk.mlid("enrol", "--number", "clip", "--name", "Clip", "--consent", "accepted", "--face", real)
    assert enrolled.code == 0, enrolled.err + enrolled.out
    assert desk.mlid("verify", "--number", "clip", "--face", real).code == 0
    done = desk.mlid("verify", "--number", "clip", "--face", replayed, "--json")
    assert done.code == 1
    assert done.json["reasons"] == ["attack_suspected"]


def test_outside_a_demo_vault_a_recording_is_refused(models: None, shared: Path, frames: Path, tmp_path: Path) -> None:
    source = people_at_a_webcam(shared)
    vault = new_vault(tmp_path / "vault", demo=False)
    face = half_of(source, frames, "live", "0001", first=True)
    arguments = ("enrol", "--number", "1", "--name", "A", "--consent", "accepted", "--attest", "--json")
    done = vault.mlid(*arguments, "--face", face)
    assert done.code in {1, 3}
    assert done.json["reasons"] == ["source_not_live"]


def test_the_same_finger_given_twice_is_noticed_before_anything_is_saved(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "vault", demo=True)
    twice = ("--finger", "right-index=simulated:finger?seed=7", "--finger", "left-index=simulated:finger?seed=7")
    refused = vault.mlid("enrol", "--number", "1", "--name", "Ada Low", "--consent", "accepted", *twice, "--json")
    assert refused.code == 3
    assert refused.json["reasons"] == ["finger_given_twice"]
    two = ("--finger", "right-index=simulated:finger?seed=7", "--finger", "left-index=simulated:finger?seed=9")
    missing = ("--skip-finger", "left-thumb=missing")
    saved = vault.mlid("enrol", "--number", "1", "--name", "Ada Low", "--consent", "accepted", *two, *missing, "--json")
    assert saved.code == 0, saved.err
