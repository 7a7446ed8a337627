"""Who can open a vault, and what somebody who can write its key file cannot do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, MlidError, UsageError, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.crypto.envelope import new_key
from mlid_desktop.vault.crypto.signing import verify_key_of
from mlid_desktop.vault.keyring import new_wraps
from mlid_desktop.vault.keys import slot_operations as opening
from mlid_desktop.vault.keys.key_file_codec import (
    KEY_FILE,
    KeyFile,
    Succession,
    canonical,
    control_bytes,
    key_file_bytes,
    read_key_file,
)
from mlid_desktop.vault.keys.slot_operations import (
    Admission,
    add_operator_slot,
    first_key_file,
    open_roots,
    signing_key,
    succession_bytes,
)
from mlid_desktop.vault.keys.slots import FLOOR, Roots, make_grant
from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, reopened, witness

CLERK = "clerk's passphrase"


@pytest.fixture
def files(vault: Vault, folder: Path) -> KeyFile:
    """The key file of a locked vault with a supervisor and a clerk."""
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    vault.lock()
    return read_key_file((folder / KEY_FILE).read_bytes())


def resigned(key_file: KeyFile, roots: Roots, **changes: object) -> KeyFile:
    """The key file as a holder of these roots would sign it."""
    control = replace(key_file.control, **changes)  # type: ignore[arg-type] # fields of Control, by name
    signing = signing_key(roots, key_file.identity)
    return replace(key_file, control=control, signature=signing.sign(control_bytes(control)))


def test_supervisors_get_both_roots_and_others_one(files: KeyFile) -> None:
    operator, both = open_roots(files, "sup", PASSPHRASE)
    clerk, roots = open_roots(files, "clerk", CLERK)
    assert (operator.role, clerk.role) == (Role.SUPERVISOR, Role.OPERATOR)
    assert both.data == roots.data
    assert both.control is not None
    assert roots.control is None


def test_a_clerk_cannot_become_supervisor_by_editing_the_key_file(
    files: KeyFile, folder: Path, clock: FixedClock
) -> None:
    grants = tuple(replace(grant, role=Role.SUPERVISOR) for grant in files.control.grants)
    forged = replace(files, control=replace(files.control, grants=grants))
    _, roots = open_roots(files, "clerk", CLERK)
    (folder / KEY_FILE).write_bytes(
        key_file_bytes(forged, roots.data)
    )  # the clerk holds the data root: checksum and MAC are right
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock, "clerk", CLERK)
    assert fault.value.code is Code.VAULT_DAMAGED


def test_a_vault_of_anothers_making_does_not_open_with_our_passphrase(files: KeyFile) -> None:
    """Whoever reads our public keys could encrypt other roots to us, but cannot sign for our supervisors."""
    theirs = Roots(new_key(), new_key())
    grants = tuple(
        make_grant(grant.operator, grant.public, theirs, files.control.epoch, files.identity)
        for grant in files.control.grants
    )
    forged = resigned(files, theirs, grants=grants, verify_key=verify_key_of(signing_key(theirs, files.identity)))
    with pytest.raises(VaultError) as fault:
        open_roots(forged, "clerk", CLERK)
    assert fault.value.code is Code.VAULT_DAMAGED


def test_rotated_roots_open_for_somebody_who_was_away(files: KeyFile) -> None:
    _, old = open_roots(files, "sup", PASSPHRASE)
    new, identity, epoch = Roots(new_key(), new_key()), files.identity, files.control.epoch + 1
    successor = verify_key_of(signing_key(new, identity))
    signature = signing_key(old, identity).sign(succession_bytes(identity, successor, epoch))
    step = Succession(files.control.verify_key, successor, epoch, signature)
    grants = tuple(make_grant(grant.operator, grant.public, new, epoch, identity) for grant in files.control.grants)
    rotated = resigned(files, new, grants=grants, verify_key=successor, epoch=epoch, succession=(step,))
    assert open_roots(rotated, "clerk", CLERK)[1].data == new.data

    for broken in (replace(step, signature=bytes(64)), replace(step, epoch=epoch + 1), replace(step, by=successor)):
        with pytest.raises(VaultError) as fault:
            open_roots(resigned(rotated, new, succession=(broken,)), "clerk", CLERK)
        assert fault.value.code is Code.VAULT_DAMAGED


def test_an_old_key_file_put_back_is_named(files: KeyFile, folder: Path, clock: FixedClock) -> None:
    old = (folder / KEY_FILE).read_bytes()
    vault = reopened(folder, clock, "sup")
    vault.operators.add("third", Role.AUDITOR, "third passphrase", witness(vault), FLOOR)
    vault.lock()
    (folder / KEY_FILE).write_bytes(old)
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock, "sup")
    assert fault.value.code is Code.VAULT_ROLLED_BACK


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("format",), 4, Code.VAULT_UNSUPPORTED_VERSION),
        (("latches", 0, "memory_kib"), 4 * 1024 * 1024, Code.VAULT_KDF_OUT_OF_BOUNDS),
        (("latches", 0, "passes"), 1, Code.VAULT_KDF_OUT_OF_BOUNDS),
        (("latches", 0, "lanes"), 4_000_000_000, Code.VAULT_KDF_OUT_OF_BOUNDS),
        (("latches", 0, "binding"), "tpm", Code.VAULT_UNSUPPORTED_VERSION),
        (("latches", 0, "salt"), "00", Code.VAULT_DAMAGED),
        (("latches", 0, "salt"), "00" * 16, Code.VAULT_WRONG_PASSPHRASE),
        (("control", "grants", 0, "role"), "owner", Code.VAULT_DAMAGED),
        (("control", "grants", 0, "kind"), "recovery", Code.VAULT_DAMAGED),
        (("control", "demo"), False, Code.VAULT_WRONG_PASSPHRASE),
        (("pending",), {"data_root": "00"}, Code.VAULT_UNSUPPORTED_VERSION),
        (("signature",), "00" * 64, Code.VAULT_DAMAGED),
        (("subject_wrap",), "00" * 61, Code.VAULT_DAMAGED),
        (("generation",), -1, Code.VAULT_DAMAGED),
        (("generation",), 1.5, Code.VAULT_DAMAGED),
        (("generation",), True, Code.VAULT_DAMAGED),
        (("mac",), "00" * 32, Code.VAULT_DAMAGED),
        (("more",), 1, Code.VAULT_DAMAGED),
    ],
)
def test_a_changed_field_with_a_mended_checksum_is_named(
    vault: Vault, folder: Path, clock: FixedClock, path: tuple[str | int, ...], value: object, code: Code
) -> None:
    vault.lock()
    content = json.loads((folder / KEY_FILE).read_bytes())
    node = content
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    (folder / KEY_FILE).write_bytes(with_checksum(content))
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock)
    assert fault.value.code is code


def with_checksum(content: dict[str, object]) -> bytes:
    import hashlib

    covered = {name: value for name, value in content.items() if name != "checksum"}
    return canonical(covered | {"checksum": hashlib.sha256(canonical(covered)).hexdigest()}) + b"\n"


@given(
    st.binary(max_size=400)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["format", "control", "latches", "mac"]), inner)
        ),
        max_leaves=12,
    ).map(lambda content: json.dumps(content).encode())
)
def test_whatever_the_key_file_holds_the_answer_is_a_typed_fault(untrusted: bytes) -> None:
    with pytest.raises(VaultError):
        read_key_file(untrusted)


def test_deeply_nested_and_hugely_numbered_key_files_are_refused() -> None:
    for untrusted in (b"[" * 200_000, b'{"format":' + b"9" * 10_000 + b"}", b'{"format":1e999}', b'{"format":1}'):
        with pytest.raises(VaultError):
            read_key_file(untrusted)


def test_nobody_is_let_in_twice_or_without_a_name(vault: Vault) -> None:
    for name in ("sup", "", "  ", "a\nb", "x" * 101):
        with pytest.raises(UsageError):
            vault.operators.add(name, Role.OPERATOR, CLERK, witness(vault), FLOOR)
    with pytest.raises(VaultError) as fault:
        vault.operators.add("short", Role.OPERATOR, "1234567", witness(vault), FLOOR)
    assert fault.value.code is Code.VAULT_WEAK_PASSPHRASE
    assert [operator.name for operator in vault.operators.all()] == ["sup", "witness"]


def test_only_so_many_slots_fit(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAXIMUM_SLOTS", 3)  # sixty-four would stretch sixty-four passphrases
    vault.operators.add("one", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    with pytest.raises(UsageError):
        vault.operators.add("two", Role.OPERATOR, CLERK, witness(vault), FLOOR)


def test_keys_names_and_templates_are_not_in_any_text_of_objects(vault: Vault) -> None:
    identity, roots = vault.identity, Roots(new_key(), new_key())
    made = first_key_file(identity, roots, "sup", PASSPHRASE, FLOOR, new_wraps(roots, identity))
    shown = repr(
        (
            made,
            roots,
            vault._state.keys,
            add_operator_slot(made, Operator("x", Role.OPERATOR), Admission(CLERK, FLOOR), roots),
        )
    )
    for secret in (
        roots.data,
        roots.control,
        vault._state.keys.roots.data,
        vault._state.keys.subjects.wrap,
        vault._state.keys.head,
    ):
        assert secret is not None
        assert repr(bytes(secret)) not in shown
        assert secret.hex() not in shown
    with pytest.raises(MlidError) as fault:
        open_roots(made, "sup", "something else")
    assert "something else" not in f"{fault.value} {fault.value.facts}"
