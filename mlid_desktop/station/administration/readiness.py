"""Whether a desk is ready for its first real person: the steps of setting it up, each with its proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.subjects import Role
from mlid_desktop.station.administration.organisation import STORED
from mlid_desktop.station.administration.vault_policy import POLICY
from mlid_desktop.station.configuration.preferences import read_preferences, write_preferences
from mlid_desktop.vault.lifecycle import Vault

CHECKED = "checked"
VAULT_NAME = 12  # characters of a vault's identifier by which its proofs are kept


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
    was read to its end, a trial person who was enrolled, verified and erased."""

    has_recovery_code: bool = False
    has_organisation: bool = False
    has_chosen_policy: bool = False
    supervisors: int = 1
    has_backup: bool = False
    proven: frozenset[SetupStep] = frozenset()


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """What a desk shows of its set-up beside the vault: whether the models of everything that decides are installed,
    and whether a device that counts delivers some of it."""

    has_models: bool = False
    has_device: bool = False


def missing_steps(vault: VaultFacts, desk: DeskFacts) -> tuple[SetupStep, ...]:
    """The steps that are still to be done, or to be done again because what proved them has gone missing."""
    done = {
        SetupStep.RECOVERY: vault.has_recovery_code,
        SetupStep.MODELS: desk.has_models,
        SetupStep.DEVICES: desk.has_device,
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

    @staticmethod
    def _name(vault_id: str, step: SetupStep) -> str:
        return f"{vault_id[:VAULT_NAME]}.{step.value}"


def read_vault_facts(vault: Vault, proofs: SetupProofs, *, managed: bool) -> VaultFacts:
    """Reads what the vault shows of its set-up; a trial that was finished today is noted as proven. ``managed``: the
    organisation is said by the administrator. Call on the vault thread. Raises VaultError."""
    vault_id = vault.identity.vault_id
    if SetupStep.TRIAL not in proofs.known(vault_id) and _trial_is_over(vault):
        proofs.note(vault_id, SetupStep.TRIAL)
    return VaultFacts(
        has_recovery_code=vault.operators.has_recovery_code,
        has_organisation=managed or vault.settings.read(STORED) is not None,
        has_chosen_policy=vault.settings.read(POLICY) is not None,
        supervisors=sum(operator.role is Role.SUPERVISOR for operator in vault.operators.all()),
        has_backup=bool(vault.backups.all()),
        proven=proofs.known(vault_id),
    )


def _trial_is_over(vault: Vault) -> bool:
    """Whether somebody was enrolled, accepted and erased today."""
    done = [f"{act}/" for act in vault.figures.acts_of_today()]
    wanted = ("enrolment.saved/", f"verification.decided/{Verdict.ACCEPTED.value}/", "subject.erased/")
    return all(any(act.startswith(begin) for act in done) for begin in wanted)
