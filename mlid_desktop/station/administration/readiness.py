"""Whether a desk is ready for its first real person: the steps of setting it up, each with its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.subjects import Role
from mlid_desktop.station.administration.organisation import STORED
from mlid_desktop.station.administration.vault_policy import POLICY
from mlid_desktop.station.configuration.preferences import read_preferences, write_preferences
from mlid_desktop.vault.lifecycle import Vault

CHECKED = "checked"
VAULT_NAME = 12  # characters of a vault's identifier by which its proofs are kept
MARK = 32  # characters of what stands for a device among the proofs: an address may be longer than what is kept
TRIAL_ACTS = ("enrolment.saved/", f"verification.decided/{Verdict.ACCEPTED.value}/", "subject.erased/")


class SetupStep(StrEnum):
    """The steps of setting a desk up, in the order in which they are done."""

    RECOVERY = "recovery"
    MODELS = "models"
    DEVICES = "devices"
    ORGANISATION = "organisation"
    POLICY = "policy"
    SECOND = "second"
    BACKUP = "backup"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class VaultFacts:
    """What a vault itself shows of its set-up. ``proven`` are steps that were proven once at this desk: a backup that
    was read to its end, a trial person who was enrolled, verified and erased. ``tested`` has the mark of the device of
    each modality that was tested here last; ``trial`` says whether somebody was enrolled, accepted and erased today."""

    has_recovery_code: bool = False
    has_organisation: bool = False
    has_chosen_policy: bool = False
    supervisors: int = 1
    has_backup: bool = False
    proven: frozenset[SetupStep] = frozenset()
    tested: Mapping[Modality, str] = field(default_factory=dict)
    trial: tuple[bool, ...] = (False,) * len(TRIAL_ACTS)


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """What a desk shows of its set-up beside the vault: whether the models of everything that decides are installed,
    whether a device that counts delivers some of it, and which of the devices in use that count are ``untested``."""

    has_models: bool = False
    has_device: bool = False
    untested: frozenset[Modality] = frozenset()


def missing_steps(vault: VaultFacts, desk: DeskFacts) -> tuple[SetupStep, ...]:
    """The steps that are still to be done, or to be done again because what proved them has gone missing."""
    done = {
        SetupStep.RECOVERY: vault.has_recovery_code,
        SetupStep.MODELS: desk.has_models,
        SetupStep.DEVICES: desk.has_device and not desk.untested,
        SetupStep.ORGANISATION: vault.has_organisation,
        SetupStep.POLICY: vault.has_chosen_policy,
        SetupStep.SECOND: vault.supervisors > 1,
        SetupStep.BACKUP: vault.has_backup and SetupStep.BACKUP in vault.proven,
        SetupStep.TRIAL: SetupStep.TRIAL in vault.proven,
    }
    return tuple(step for step in SetupStep if not done[step])


@dataclass(frozen=True, slots=True)
class SetupProofs:
    """Keeps among the preferences of this desk (the folder ``state``) which steps were proven once for which vault;
    nothing is decided by it."""

    state: Path

    def note(self, vault_id: str, step: SetupStep) -> None:
        """Notes that a step was proven."""
        present = read_preferences(self.state)
        write_preferences(self.state, replace(present, proofs={**present.proofs, self._name(vault_id, step): "proven"}))

    def known(self, vault_id: str) -> frozenset[SetupStep]:
        """The steps that were proven for a vault."""
        proofs = read_preferences(self.state).proofs
        return frozenset(step for step in SetupStep if self._name(vault_id, step) in proofs)

    def note_check(self, vault_id: str, at: datetime) -> None:
        """Notes when a whole vault was read and found whole at this desk."""
        present = read_preferences(self.state)
        proofs = {**present.proofs, f"{vault_id[:VAULT_NAME]}.{CHECKED}": at.isoformat()}
        write_preferences(self.state, replace(present, proofs=proofs))

    def checked_at(self, vault_id: str) -> datetime | None:
        """When a vault was last found whole at this desk; None where that is not known."""
        noted = read_preferences(self.state).proofs.get(f"{vault_id[:VAULT_NAME]}.{CHECKED}", "")
        try:
            moment = datetime.fromisoformat(noted)
        except ValueError:
            return None
        return moment if moment.tzinfo is not None else None

    def note_tested(self, vault_id: str, modality: Modality, device: DeviceIdentity, kind: SourceKind) -> None:
        """Notes that a device was tested: what it delivers was seen or heard, measured, and good enough."""
        present = read_preferences(self.state)
        noted = {self._device(vault_id, modality): mark_of_device(device, kind)}
        write_preferences(self.state, replace(present, proofs={**present.proofs, **noted}))

    def tested(self, vault_id: str) -> dict[Modality, str]:
        """The mark of the device of each modality that was tested last for a vault."""
        proofs = read_preferences(self.state).proofs
        names = {modality: self._device(vault_id, modality) for modality in Modality}
        return {modality: proofs[name] for modality, name in names.items() if name in proofs}

    @staticmethod
    def _name(vault_id: str, step: SetupStep) -> str:
        return f"{vault_id[:VAULT_NAME]}.{step.value}"

    def _device(self, vault_id: str, modality: Modality) -> str:
        return f"{self._name(vault_id, SetupStep.DEVICES)}.{modality.value}"


def mark_of_device(device: DeviceIdentity, kind: SourceKind) -> str:
    """What stands for a device among the proofs: another one has to be tested anew, all simulated people are one."""
    if kind is SourceKind.SIMULATED:
        return kind.value
    return sha256(f"{device.scheme}:{device.key}".encode()).hexdigest()[:MARK]


def read_vault_facts(vault: Vault, proofs: SetupProofs, *, managed: bool) -> VaultFacts:
    """Reads what the vault shows of its set-up; a trial that was finished today is noted as proven. ``managed``: the
    organisation is said by the administrator. Call on the vault thread. Raises VaultError."""
    vault_id = vault.identity.vault_id
    trial = _trial_of_today(vault)
    if SetupStep.TRIAL not in proofs.known(vault_id) and all(trial):
        proofs.note(vault_id, SetupStep.TRIAL)
    return VaultFacts(
        has_recovery_code=vault.operators.has_recovery_code,
        has_organisation=managed or vault.settings.read(STORED) is not None,
        has_chosen_policy=vault.settings.read(POLICY) is not None,
        supervisors=sum(operator.role is Role.SUPERVISOR for operator in vault.operators.all()),
        has_backup=bool(vault.backups.all()),
        proven=proofs.known(vault_id),
        tested=proofs.tested(vault_id),
        trial=trial,
    )


def _trial_of_today(vault: Vault) -> tuple[bool, ...]:
    """Whether somebody was enrolled, accepted and erased today."""
    done = [f"{act}/" for act in vault.figures.acts_of_today()]
    return tuple(any(act.startswith(begin) for act in done) for begin in TRIAL_ACTS)
