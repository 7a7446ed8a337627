"""The table of who may do what, and see what. It is asked in the vault and in the station, below the window and the
command line.

Acts that need the control root are enforced by keys as well, the others by the program alone (see the threat model).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.domain.subjects import Operator, Role


class Act(StrEnum):
    """Acts that an operator can ask of the vault, or be shown."""

    ENROL = "enrol"
    ENROL_ANEW = "enrol_anew"
    IMPORT = "import"
    READ_PEOPLE = "read_people"
    COMPARE = "compare"
    SEE_SCORES = "see_scores"
    SEE_PORTRAITS = "see_portraits"
    DECIDE_SEARCH = "decide_search"
    RELEASE_ATTEMPTS = "release_attempts"
    WITHDRAW = "withdraw"
    ERASE = "erase"
    EXPORT_PERSON = "export_person"
    CHANGE_NUMBER = "change_number"
    CORRECT = "correct"
    CORRECT_IDENTITY = "correct_identity"
    CHANGE_FIELDS = "change_fields"
    NOTE_WISH = "note_wish"
    ACCEPT_WITHOUT_MOVEMENTS = "accept_without_movements"
    STATISTICS = "statistics"
    READ_AUDIT = "read_audit"
    SIGN_CHECKPOINT = "sign_checkpoint"
    SET_CLOCK = "set_clock"
    GOVERN = "govern"
    REGISTER_DEVICE = "register_device"
    CHANGE_POLICY = "change_policy"
    ADMIT_OPERATOR = "admit_operator"
    RESET_OPERATOR = "reset_operator"
    REMOVE_OPERATOR = "remove_operator"
    MAKE_RECOVERY_CODE = "make_recovery_code"
    ROTATE_KEYS = "rotate_keys"
    BACK_UP = "back_up"
    RESTORE = "restore"
    REPLAY_ERASURES = "replay_erasures"
    VERIFY = "verify"
    TEST_ATTACKS = "test_attacks"
    ADMIT_CALLER = "admit_caller"
    SET_INTERFACE = "set_interface"


_DESK = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_OVERSIGHT = frozenset({Role.SUPERVISOR, Role.AUDITOR})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
PERMITTED: Mapping[Act, frozenset[Role]] = {
    Act.ENROL: _DESK,
    Act.ENROL_ANEW: _DESK,
    Act.IMPORT: _SUPERVISOR,
    Act.READ_PEOPLE: _DESK,
    Act.COMPARE: _DESK,
    Act.SEE_SCORES: _OVERSIGHT,
    Act.SEE_PORTRAITS: _DESK,
    Act.DECIDE_SEARCH: _DESK,
    Act.RELEASE_ATTEMPTS: _DESK,
    Act.WITHDRAW: _DESK,
    Act.ERASE: _DESK,
    Act.EXPORT_PERSON: _DESK,
    Act.CHANGE_NUMBER: _DESK,
    Act.CORRECT: _DESK,
    Act.CORRECT_IDENTITY: _DESK,
    Act.CHANGE_FIELDS: _SUPERVISOR,
    Act.NOTE_WISH: _DESK,
    Act.ACCEPT_WITHOUT_MOVEMENTS: _DESK,
    Act.STATISTICS: _OVERSIGHT,
    Act.READ_AUDIT: _OVERSIGHT,
    Act.SIGN_CHECKPOINT: _SUPERVISOR,
    Act.SET_CLOCK: _SUPERVISOR,
    Act.GOVERN: _SUPERVISOR,
    Act.REGISTER_DEVICE: _SUPERVISOR,
    Act.CHANGE_POLICY: _SUPERVISOR,
    Act.ADMIT_OPERATOR: _SUPERVISOR,
    Act.RESET_OPERATOR: _SUPERVISOR,
    Act.REMOVE_OPERATOR: _SUPERVISOR,
    Act.MAKE_RECOVERY_CODE: _SUPERVISOR,
    Act.ROTATE_KEYS: _SUPERVISOR,
    Act.BACK_UP: _DESK,
    Act.RESTORE: _SUPERVISOR,
    Act.REPLAY_ERASURES: _SUPERVISOR,
    Act.VERIFY: frozenset(Role),
    Act.TEST_ATTACKS: _SUPERVISOR,
    Act.ADMIT_CALLER: _SUPERVISOR,
    Act.SET_INTERFACE: _SUPERVISOR,
}

# These need the passphrase of a second person as well; who may be that, ``vault.second_person`` says.
FOUR_EYES = frozenset(
    {
        Act.ENROL_ANEW,
        Act.DECIDE_SEARCH,
        Act.RELEASE_ATTEMPTS,
        Act.ERASE,
        Act.EXPORT_PERSON,
        Act.CHANGE_NUMBER,
        Act.CORRECT_IDENTITY,
        Act.CHANGE_FIELDS,
        Act.ACCEPT_WITHOUT_MOVEMENTS,
        Act.GOVERN,
        Act.REGISTER_DEVICE,
        Act.CHANGE_POLICY,
        Act.ADMIT_OPERATOR,
        Act.RESET_OPERATOR,
        Act.REMOVE_OPERATOR,
        Act.MAKE_RECOVERY_CODE,
        Act.RESTORE,
        Act.REPLAY_ERASURES,
        Act.TEST_ATTACKS,
        Act.ADMIT_CALLER,
    }
)
# These one person does alone. Every act stands in one of the two.
BY_ONE = frozenset(
    {
        Act.ENROL,
        Act.CORRECT,
        Act.IMPORT,
        Act.READ_PEOPLE,
        Act.COMPARE,
        Act.SEE_SCORES,
        Act.SEE_PORTRAITS,
        Act.WITHDRAW,
        Act.NOTE_WISH,
        Act.STATISTICS,
        Act.READ_AUDIT,
        Act.SIGN_CHECKPOINT,
        Act.SET_CLOCK,
        Act.ROTATE_KEYS,
        Act.BACK_UP,
        Act.VERIFY,
        Act.SET_INTERFACE,
    }
)


# What one desk of a register does for all: it governs, holds the roots and keeps the backups.
LEADING = frozenset(
    {
        Act.CHANGE_FIELDS,
        Act.GOVERN,
        Act.CHANGE_POLICY,
        Act.ADMIT_OPERATOR,
        Act.RESET_OPERATOR,
        Act.REMOVE_OPERATOR,
        Act.MAKE_RECOVERY_CODE,
        Act.ROTATE_KEYS,
        Act.BACK_UP,
        Act.REPLAY_ERASURES,
        Act.TEST_ATTACKS,
    }
)


def may(operator: Operator, act: Act) -> bool:
    """Whether the operator's role permits the act."""
    return operator.role in PERMITTED[act]


@dataclass(frozen=True, slots=True, eq=False)
class SecondPerson:
    """Another person's consent to one act, proven by passphrase. Only the very object that the vault gave out counts,
    and it counts once."""

    operator: Operator
