"""Who may do what: every cell of the table, below the faces."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.roles import PERMITTED, Act
from mlid_desktop.vault.slots import FLOOR
from mlid_desktop.vault.vault import Vault
from tests.doubles import FixedClock
from tests.makers import CAMERA
from tests.unit.vault.conftest import enrolment, reopened

PASSPHRASE = "everybody's passphrase"
KNOWN = enrolment("1")
ACTS: dict[Act, tuple[Callable[[Vault], object], ...]] = {
    Act.ENROL: (lambda vault: vault.save(enrolment("2")), lambda vault: vault.save_all([enrolment("3")])),
    Act.READ_PEOPLE: (
        lambda vault: vault.find("1"),
        lambda vault: vault.record(KNOWN.subject_id),
        lambda vault: vault.directory(),
    ),
    Act.COMPARE: (
        lambda vault: vault.references(KNOWN.subject_id),
        lambda vault: vault.all_references(Modality.FACE),
        lambda vault: vault.count_attempt(KNOWN.subject_id),
        lambda vault: vault.record_outcome(KNOWN.subject_id, accepted=True),
        lambda vault: vault.withdraw_attempt(KNOWN.subject_id),
        lambda vault: vault.attempts(KNOWN.subject_id),
    ),
    Act.GOVERN: (lambda vault: vault.register_device(CAMERA), lambda vault: vault.store_blob("policy", b"x")),
    Act.ADMIT_OPERATOR: (lambda vault: vault.add_operator("new", Role.AUDITOR, PASSPHRASE, FLOOR),),
    Act.VERIFY: (lambda vault: vault.verify(),),
    Act.ERASE: (lambda vault: vault.erase(KNOWN.subject_id),),
}
CELLS = [(role, act, place) for role in Role for act in Act for place in range(len(ACTS[act]))]


@pytest.fixture(scope="module")
def staffed(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with one person and a slot for each role."""
    folder = tmp_path_factory.mktemp("staffed") / "vault"
    shutil.copytree(fresh, folder)
    vault = reopened(folder, FixedClock())
    vault.save(KNOWN)
    for role in Role:
        vault.add_operator(role.value, role, PASSPHRASE, FLOOR)
    vault.lock()
    return folder


@pytest.fixture
def opened(staffed: Path, folder: Path, clock: FixedClock) -> Iterator[Callable[[Role], Vault]]:
    """Unlocks the vault in a role."""
    unlocked: list[Vault] = []

    def unlock(role: Role) -> Vault:
        shutil.copytree(staffed, folder)
        unlocked.append(reopened(folder, clock, role.value, PASSPHRASE))
        return unlocked[0]

    yield unlock
    for vault in unlocked:
        vault.lock()


def test_every_act_is_in_the_table() -> None:
    assert set(PERMITTED) == set(Act) == set(ACTS)


@pytest.mark.parametrize(("role", "act", "place"), CELLS)
def test_each_role_may_do_what_the_table_says_and_no_more(
    opened: Callable[[Role], Vault], role: Role, act: Act, place: int
) -> None:
    vault = opened(role)
    if role in PERMITTED[act]:
        ACTS[act][place](vault)
    else:
        with pytest.raises(VaultError) as fault:
            ACTS[act][place](vault)
        assert fault.value.code is Code.VAULT_NOT_PERMITTED


@pytest.mark.parametrize("role", Role)
def test_everybody_reads_what_governs_the_desk_and_writes_the_audit(
    opened: Callable[[Role], Vault], role: Role
) -> None:
    vault = opened(role)
    assert vault.registered_devices() == ()
    assert vault.settings_blob("policy") is None
    vault.append_audit("seen", {})
    assert vault.verify().audit_entries == 4
