"""A site's calibration in the vault: two people, signed, told to everybody, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.audit.notices import NoticeKind
from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import WITNESS, reopened, witness


def test_a_stored_calibration_takes_two_is_signed_told_and_taken_back(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    with pytest.raises(VaultError) as fault:
        vault.settings.store_calibration("face", b"a table", None)
    assert fault.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    vault.settings.store_calibration("face", b"a table", witness(vault))
    vault.lock()
    again = reopened(folder, clock, *WITNESS)
    assert again.settings.read("calibration/face") == b"a table"
    assert [(notice.kind, notice.by, notice.about) for notice in again.operators.notices()] == [
        (NoticeKind.CALIBRATION_STORED, "sup", "face")
    ]
    with pytest.raises(VaultError) as refused:
        again.settings.store_calibration("face", b"", None)
    assert refused.value.code is Code.VAULT_NOT_PERMITTED
    again.lock()
    owner = reopened(folder, clock)
    owner.settings.store_calibration("face", b"", witness(owner))
    assert owner.settings.read("calibration/face") == b""
    events = [entry.facts.get("name") for entry in owner.audit.entries() if entry.event == "settings.stored"]
    assert events == ["blob/calibration/face"] * 2
    owner.lock()
