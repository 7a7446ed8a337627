"""The galleries of an open vault: made ready in parts, kept as the vault is, and what had to be made kept in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.ports import SearchIndex
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Enrolment, Withdrawal
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.station.administration.vault_admin import VaultAdmin
from mlid_desktop.station.capture.pipelines import Pipelines
from mlid_desktop.station.services.recognition import gallery_preparation
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryUpdate
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import FixedClock
from tests.makers import ENROLLED, calibrations, policy
from tests.unit.station.services.recognition.test_gallery import observed, pipeline
from tests.unit.vault.conftest import enrolment

FINGERS = Modality.FINGERPRINT
PEOPLE = (1, 2, 3)


def with_finger(seed: int) -> Enrolment:
    return replace(enrolment(f"finger-{seed}"), captures=(observed(seed, 1),))


@pytest.fixture
def people(vault: Vault) -> list[str]:
    return [person.subject_id for person in vault.save_all([with_finger(seed) for seed in PEOPLE])]


@pytest.fixture
def desk(vault: Vault) -> StationSession:
    return StationSession.of(
        VaultSession(vault, policy(), calibrations(), FixedClock()),
        Recognition(Pipelines({FINGERS: pipeline}), policy(), calibrations()),
        VaultAdmin(0.0, FixedClock()),
    )


def searched(desk: StationSession) -> set[str]:
    """Who is in the gallery of fingers, by looking into it."""
    gallery = desk.recognition._galleries[FINGERS]
    return {subject_id for index in gallery._indexes for subject_id in index.subjects}


def test_what_had_to_be_made_is_kept_so_that_the_next_unlock_need_not(
    desk: StationSession, vault: Vault, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_preparation, "PART", 2)
    told: list[tuple[int, int]] = []
    desk.galleries.progress = lambda done, total: told.append((done, total))
    desk.galleries.prepare({FINGERS})
    assert told == [(2, 4), (4, 4)]  # with one that an unknown extractor made
    kept = {reference.subject_id for reference in vault.all_references(FINGERS) if reference.template.search_table}
    assert kept == set(people)
    assert [entry.event for entry in vault.audit.entries()].count("search.prepared") == 1
    desk.recognition.forget_galleries()
    desk.galleries.prepare({FINGERS})
    assert searched(desk) == set(people)
    assert [entry.event for entry in vault.audit.entries()].count("search.prepared") == 1


def test_galleries_follow_whoever_comes_withdraws_and_is_erased(
    desk: StationSession, vault: Vault, people: list[str], second: SecondPerson
) -> None:
    desk.galleries.prepare({FINGERS})
    came = vault.save(with_finger(4)).subject_id
    vault.subject_rights.withdraw_consent(people[0], Withdrawal(ENROLLED, "", ""))
    vault.subject_rights.erase(people[1], second)
    desk.galleries.prepare({FINGERS})
    assert searched(desk) == {people[2], came}
    gallery = desk.recognition._galleries[FINGERS]
    assert len(gallery) == 2
    vault.verify()


def test_a_gallery_that_is_read_in_parts_is_that_of_one_reading(desk: StationSession, people: list[str]) -> None:
    assert desk.galleries.missing() == (FINGERS,)
    *_, update = desk.galleries.read_in_parts(FINGERS)
    assert isinstance(update, GalleryUpdate)
    for part in update.parts():
        assert desk.galleries.missing() == (FINGERS,)
        desk.galleries.load(part)
    assert desk.galleries.missing() == ()
    assert searched(desk) == set(people)


def test_two_readings_under_way_do_not_mix(
    desk: StationSession, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_preparation, "PART", 2)
    first, second = (desk.galleries.read({FINGERS}) for _ in range(2))
    for parts in zip(first.parts(), second.parts(), strict=True):
        for part in parts:
            desk.galleries.load(part)
    assert len(desk.recognition._galleries[FINGERS]) == len(people)


class WithoutJoining:
    """A pipeline whose index nobody can be joined to or left out of."""

    def __init__(self) -> None:
        self._pipeline = pipeline()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)

    def index(self, references: Sequence[Reference]) -> PlainIndex:
        """Of these references for good."""
        return PlainIndex(self._pipeline.index(references))


@dataclass(frozen=True)
class PlainIndex:
    """Searches, and nothing else."""

    whole: SearchIndex

    def __len__(self) -> int:
        return len(self.whole)

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """As the other one."""
        return self.whole.search(probe, limit)


def test_a_gallery_that_can_leave_nobody_out_is_read_anew_and_never_lacking(
    desk: StationSession, vault: Vault, people: list[str]
) -> None:
    def erase(subject_id: str) -> None:
        vault.subject_rights.erase(subject_id, vault.operators.confirm_second("olga", "olga's own passphrase"))

    desk.recognition.pipelines = Pipelines({FINGERS: WithoutJoining})
    desk.galleries.prepare({FINGERS})  # everybody came since the changes were last asked for
    assert searched(desk) == set(people)
    came = vault.save(with_finger(4)).subject_id
    erase(people[1])
    update = desk.galleries.read({FINGERS})
    assert not desk.galleries.bring_up_to_date(update, {FINGERS})
    assert not desk.recognition.has_gallery(FINGERS)
    desk.galleries.prepare({FINGERS})
    assert searched(desk) == {people[0], people[2], came}
    erase(people[2])
    desk.galleries.prepare({FINGERS})
    assert searched(desk) == {people[0], came}


def test_nobody_enrolled_is_a_gallery_all_the_same(desk: StationSession) -> None:
    desk.galleries.prepare({FINGERS})
    assert desk.galleries.missing() == ()
    assert searched(desk) == set()


@pytest.mark.parametrize("where", ["loading", "renewing"])
def test_a_fault_leaves_no_gallery_that_still_has_who_is_gone(
    desk: StationSession, vault: Vault, people: list[str], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Who changed is told once: where that cannot be put into the galleries, they are read anew."""
    desk.galleries.prepare({FINGERS})
    vault.subject_rights.withdraw_consent(people[0], Withdrawal(ENROLLED, "", ""))
    update = desk.galleries.read({FINGERS})

    def fails(*_: object, **__: object) -> None:
        raise ModelError(Code.MODEL_UNUSABLE)

    with monkeypatch.context() as patch:
        if where == "loading":
            patch.setattr(desk.recognition, "load_part", fails)
            update = GalleryUpdate({Modality.FACE: ()}, update.changed)
        else:
            patch.setattr(desk.recognition, "renew_in_galleries", fails)
        with pytest.raises(ModelError):
            desk.galleries.bring_up_to_date(update, {FINGERS})
    assert not desk.recognition.has_gallery(FINGERS)
    desk.galleries.prepare({FINGERS})
    assert searched(desk) == {people[1], people[2]}
