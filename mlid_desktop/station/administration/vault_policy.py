"""The policy that a vault decides by: the one that supervisors keep in it, at least at every floor."""

from __future__ import annotations

from collections.abc import Mapping

from mlid_desktop.decision.policy import Policy, read_policy
from mlid_desktop.decision.policy_floors import raise_to_floors
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.lifecycle import Vault

POLICY = "policy"  # the policy in force, kept under the supervisors' signature


def policy_in_force(vault: Vault, usual: Policy, shipped: Mapping[str, str]) -> Policy:
    """The stored policy, ``usual`` where none is stored. One that was stored before there were floors is raised to them
    for everybody at once, and replaced at the first supervisor's unlock, which everybody is told. Raises ModelError,
    VaultError."""
    kept = vault.settings.read(POLICY)
    if kept is None:
        return usual
    policy = read_policy(kept)
    text, raises = raise_to_floors(policy, shipped, demo=vault.identity.demo)
    if text is None:
        return policy
    if vault.operator.role is Role.SUPERVISOR:
        vault.settings.raise_policy(POLICY, text, policy.name, [str(raised) for raised in raises])
    return read_policy(text)
