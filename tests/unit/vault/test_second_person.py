"""Who may do what: every cell of the table, below the faces."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import Journey, ReleaseReason, Suspicion
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.roles import BY_ONE, SecondPerson
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Role, ShownInstead, Withdrawal
from mlid_desktop.domain.templates import Portrait, PortraitView
from mlid_desktop.vault.callers.caller import Caller, to_base64url
from mlid_desktop.vault.keys import recovery_code
from mlid_desktop.vault.keys.slot_register import SlotOrigin, register
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.second_person import FOUR_EYES, PERMITTED, Act
from mlid_desktop.vault.subjects.suspicion_log import Attempt
from tests.doubles import FixedClock
from tests.makers import CAMERA, ENROLLED
from tests.site_schemas import clinic
from tests.unit.vault.conftest import enrolment, reopened, replacing, witness

PASSPHRASE = "everybody's passphrase"
KNOWN = replace(enrolment("1"), portrait=Portrait(b"a picture", ENROLLED, "live"))
AGAIN = replace(enrolment("1"), subject_id=KNOWN.subject_id)
CORRECTED = replace(KNOWN.details, name="Ann Other")
CODE = recovery_code.new_code()
AGREED = Consent(ConsentOutcome.ACCEPTED, "2", "en", ENROLLED)
SUSPICION = Suspicion(FACE, SourceKind.LIVE, CAMERA)


def boss(vault: Vault) -> SecondPerson:
    """A supervisor confirms."""
    return vault.operators.confirm_second("boss", PASSPHRASE)


CALLER = Caller("c" * 32, "Front desk", ("recognition",), ENROLLED, key=to_base64url(b"k" * 32))


def release(vault: Vault, second: SecondPerson | None) -> None:
    """The person may try anew."""
    document = ShownInstead.IDENTITY_DOCUMENT
    vault.suspicions.release(KNOWN.subject_id, ReleaseReason.OTHER, document, second)


ACTS: dict[Act, tuple[Callable[[Vault], object], ...]] = {
    Act.ENROL: (
        lambda vault: vault.save(enrolment("2")),
        lambda vault: vault.save_all([enrolment("3")]),
        lambda vault: vault.subject_rights.renew_consent(KNOWN.subject_id, AGREED),
    ),
    Act.IMPORT: (lambda vault: vault.require(Act.IMPORT),),
    Act.READ_PEOPLE: (
        lambda vault: vault.find("1"),
        lambda vault: vault.record(KNOWN.subject_id),
        lambda vault: vault.directory(),
        lambda vault: vault.subject_rights.due(ENROLLED.date()),
    ),
    Act.COMPARE: (
        lambda vault: vault.references(KNOWN.subject_id),
        lambda vault: vault.all_references(Modality.FACE),
        lambda vault: vault.count_attempt(KNOWN.subject_id),
        lambda vault: vault.record_outcome(KNOWN.subject_id, accepted=True),
        lambda vault: vault.withdraw_attempt(KNOWN.subject_id),
        lambda vault: vault.attempts(KNOWN.subject_id),
        lambda vault: vault.suspicions.note(SUSPICION, Attempt("a" * 32, Journey.VERIFICATION, KNOWN.subject_id)),
    ),
    Act.RELEASE_ATTEMPTS: (lambda vault: release(vault, boss(vault)),),
    Act.SEE_SCORES: (lambda vault: vault.require(Act.SEE_SCORES),),
    Act.SEE_PORTRAITS: (lambda vault: vault.portraits.show([KNOWN.subject_id], PortraitView.RECORD),),
    Act.DECIDE_SEARCH: (lambda vault: vault.decide_search(KNOWN.subject_id, "same", witness(vault)),),
    Act.WITHDRAW: (
        lambda vault: vault.subject_rights.withdraw_consent(KNOWN.subject_id, Withdrawal(ENROLLED)),
        lambda vault: vault.portraits.withdraw(KNOWN.subject_id),
    ),
    Act.ERASE: (lambda vault: vault.subject_rights.erase(KNOWN.subject_id, witness(vault)),),
    Act.EXPORT_PERSON: (lambda vault: vault.subject_rights.holdings(KNOWN.subject_id, witness(vault)),),
    Act.CORRECT: (lambda vault: vault.corrections.correct(KNOWN.subject_id, KNOWN.details, None),),
    Act.CORRECT_IDENTITY: (lambda vault: vault.corrections.correct(KNOWN.subject_id, CORRECTED, witness(vault)),),
    Act.CHANGE_FIELDS: (lambda vault: vault.site_fields.store(clinic(), witness(vault)),),
    Act.CHANGE_NUMBER: (lambda vault: vault.require_two(Act.CHANGE_NUMBER, witness(vault)),),
    Act.NOTE_WISH: (lambda vault: vault.subject_rights.note_wish(KNOWN.subject_id, without_movements=True),),
    Act.ACCEPT_WITHOUT_MOVEMENTS: (lambda vault: vault.require_two(Act.ACCEPT_WITHOUT_MOVEMENTS, witness(vault)),),
    Act.STATISTICS: (lambda vault: vault.figures.days(ENROLLED.date(), ENROLLED.date()),),
    Act.READ_AUDIT: (lambda vault: vault.audit.entries(), lambda vault: vault.audit.export()),
    Act.SIGN_CHECKPOINT: (lambda vault: vault.audit.sign_checkpoint(),),
    Act.SET_CLOCK: (lambda vault: vault.trust_clock(),),
    Act.GOVERN: (lambda vault: vault.settings.store("trust-anchors", b"x", witness(vault)),),
    Act.REGISTER_DEVICE: (lambda vault: vault.settings.register_device(CAMERA, witness(vault)),),
    Act.ENROL_ANEW: (lambda vault: vault.subject_rights.enrol_anew(replacing(vault, AGAIN), witness(vault)),),
    Act.RESET_OPERATOR: (lambda vault: vault.operators.reset_passphrase("third", PASSPHRASE, witness(vault), FLOOR),),
    Act.REMOVE_OPERATOR: (lambda vault: vault.operators.remove("third", witness(vault), deep=False),),
    Act.MAKE_RECOVERY_CODE: (lambda vault: vault.operators.set_recovery_code(CODE, CODE, witness(vault)),),
    Act.ROTATE_KEYS: (lambda vault: vault.rotation.rotate(),),
    Act.CHANGE_POLICY: (lambda vault: vault.settings.store_policy("policy", b"x", witness(vault)),),
    Act.ADMIT_OPERATOR: (lambda vault: vault.operators.add("new", Role.AUDITOR, PASSPHRASE, witness(vault), FLOOR),),
    Act.BACK_UP: (lambda vault: vault.require(Act.BACK_UP),),
    Act.RESTORE: (lambda vault: vault.require_two(Act.RESTORE, witness(vault)),),
    Act.REPLAY_ERASURES: (lambda vault: vault.subject_rights.replay_erasures([], witness(vault)),),
    Act.TEST_ATTACKS: (
        lambda vault: vault.attack_tests.begin(b"plan", witness(vault)),
        lambda vault: vault.attack_tests.erase(witness(vault)),
    ),
    Act.ADMIT_CALLER: (lambda vault: vault.callers.admit(CALLER, witness(vault)),),
    Act.SET_INTERFACE: (lambda vault: vault.callers.turn(47263),),
    Act.VERIFY: (
        lambda vault: vault.verify(),
        lambda vault: vault.audit.check(),
        lambda vault: vault.subject_rights.erasures(),
        lambda vault: vault.audit.newest_checkpoint(),
    ),
}
OF_TWO: dict[Act, Callable[[Vault, SecondPerson | None], object]] = {
    Act.DECIDE_SEARCH: lambda vault, second: vault.decide_search(KNOWN.subject_id, "same", second),
    Act.RELEASE_ATTEMPTS: release,
    Act.ERASE: lambda vault, second: vault.subject_rights.erase(KNOWN.subject_id, second),
    Act.EXPORT_PERSON: lambda vault, second: vault.subject_rights.holdings(KNOWN.subject_id, second),
    Act.CORRECT_IDENTITY: lambda vault, second: vault.corrections.correct(KNOWN.subject_id, CORRECTED, second),
    Act.CHANGE_FIELDS: lambda vault, second: vault.site_fields.store(clinic(), second),
    Act.CHANGE_NUMBER: lambda vault, second: vault.subject_rights.give_number(KNOWN.subject_id, "2", second),
    Act.ACCEPT_WITHOUT_MOVEMENTS: lambda vault, second: vault.require_two(Act.ACCEPT_WITHOUT_MOVEMENTS, second),
    Act.ENROL_ANEW: lambda vault, second: vault.subject_rights.enrol_anew(replacing(vault, AGAIN), second),
    Act.CHANGE_POLICY: lambda vault, second: vault.settings.store_policy("policy", b"x", second),
    Act.GOVERN: lambda vault, second: vault.settings.store("trust-anchors", b"x", second),
    Act.REGISTER_DEVICE: lambda vault, second: vault.settings.register_device(CAMERA, second),
    Act.ADMIT_OPERATOR: lambda vault, second: vault.operators.add("new", Role.AUDITOR, PASSPHRASE, second, FLOOR),
    Act.RESET_OPERATOR: lambda vault, second: vault.operators.reset_passphrase("third", PASSPHRASE, second, FLOOR),
    Act.REMOVE_OPERATOR: lambda vault, second: vault.operators.remove("auditor", second),
    Act.MAKE_RECOVERY_CODE: lambda vault, second: vault.operators.set_recovery_code(CODE, CODE, second),
    Act.RESTORE: lambda vault, second: vault.require_two(Act.RESTORE, second),
    Act.REPLAY_ERASURES: lambda vault, second: vault.subject_rights.replay_erasures([], second),
    Act.TEST_ATTACKS: lambda vault, second: vault.attack_tests.begin(b"plan", second),
    Act.ADMIT_CALLER: lambda vault, second: vault.callers.admit(CALLER, second),
}
CELLS = [(role, act, index) for role in Role for act in Act for index in range(len(ACTS[act]))]


@pytest.fixture(scope="module")
def staffed(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with one person and a slot for each role."""
    folder = tmp_path_factory.mktemp("staffed") / "vault"
    shutil.copytree(fresh, folder)
    vault = reopened(folder, FixedClock())
    vault.save(KNOWN)
    for name, role in ((role.value, role) for role in Role):
        vault.operators.add(name, role, PASSPHRASE, witness(vault), FLOOR)
    for name, role in (("third", Role.OPERATOR), ("boss", Role.SUPERVISOR)):
        vault.operators.add(name, role, PASSPHRASE, witness(vault), FLOOR)
    with vault._state.changing() as transaction:  # the boss has been here for long
        register(transaction, vault._state.key_file.grant("boss"), SlotOrigin.CARRIED)
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


@pytest.mark.parametrize(("role", "act", "index"), CELLS)
def test_each_role_may_do_what_the_table_says_and_no_more(
    opened: Callable[[Role], Vault], role: Role, act: Act, index: int
) -> None:
    vault = opened(role)
    if role in PERMITTED[act]:
        ACTS[act][index](vault)
    else:
        with pytest.raises(VaultError) as fault:
            ACTS[act][index](vault)
        assert fault.value.code is Code.VAULT_NOT_PERMITTED


@pytest.mark.parametrize("role", Role)
def test_everybody_reads_what_governs_the_desk_and_writes_the_audit(
    opened: Callable[[Role], Vault], role: Role
) -> None:
    vault = opened(role)
    assert vault.settings.devices() == ()
    assert vault.settings.read("policy") is None
    before = vault.audit.check().entries
    vault.audit.append("vault.verified", {})
    assert vault.verify().audit_entries == before + 1


def test_every_act_takes_either_one_person_or_two() -> None:
    """A new act stands in one of the two sets; one of two people is called here with nobody and with a bad second."""
    assert set(OF_TWO) == FOUR_EYES
    assert set(Act) == FOUR_EYES | BY_ONE
    assert not FOUR_EYES & BY_ONE


@pytest.mark.parametrize("act", sorted(FOUR_EYES))
def test_what_takes_two_is_refused_to_one(opened: Callable[[Role], Vault], act: Act) -> None:
    vault = opened(Role.SUPERVISOR)
    before = vault.audit.check().entries
    with pytest.raises(VaultError) as fault:
        OF_TWO[act](vault, None)
    assert fault.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    assert vault.find("1") is not None
    assert vault.audit.check().entries == before


@pytest.mark.parametrize("act", sorted(FOUR_EYES))
def test_no_act_of_two_takes_a_second_who_may_not_confirm(opened: Callable[[Role], Vault], act: Act) -> None:
    """The supervisor and the third were both given their passphrases by one person just now; a confirmation that was
    got around the check at the passphrase is refused by the act itself."""
    vault = opened(Role.SUPERVISOR)
    grant = vault._state.key_file.grant("third")
    second = vault._state.second_persons.confirmed(grant.operator, grant.public.hex())
    before = vault.audit.check().entries
    with pytest.raises(VaultError) as fault:
        OF_TWO[act](vault, second)
    assert fault.value.code is Code.VAULT_SECOND_MUST_WAIT
    assert vault.audit.check().entries == before


def test_a_second_person_confirms_one_act_by_passphrase(opened: Callable[[Role], Vault]) -> None:
    vault = opened(Role.OPERATOR)
    with pytest.raises(VaultError) as oneself:
        vault.operators.confirm_second(Role.OPERATOR.value, PASSPHRASE)
    assert oneself.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    with pytest.raises(VaultError) as wrong:
        vault.operators.confirm_second(Role.AUDITOR.value, "not the passphrase")
    assert wrong.value.code is Code.VAULT_WRONG_PASSPHRASE
    with pytest.raises(VaultError) as same_maker:
        vault.operators.confirm_second(Role.AUDITOR.value, PASSPHRASE)
    assert same_maker.value.code is Code.VAULT_SECOND_MUST_WAIT
    second = witness(vault)
    with pytest.raises(VaultError):
        vault.subject_rights.erase(KNOWN.subject_id, replace(second))
    vault.subject_rights.holdings(KNOWN.subject_id, second)
    with pytest.raises(VaultError) as used:
        vault.subject_rights.erase(KNOWN.subject_id, second)
    assert used.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    vault.subject_rights.erase(KNOWN.subject_id, witness(vault))
