"""Makes a vault as the program of today writes it: ``python -m tests.vectors.vault.make_vault FOLDER``.

Whoever changes what is stored runs it first, before the change, and keeps the folder as ``format_N``: the migration is
tested with it (FORMAT.md, section 13). Two people, a clerk, a device, a policy, an attempt, an erasure,
a rotation, a checkpoint, two drafts, and a backup beside the vault.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlid_desktop.domain.subjects import Role, Withdrawal
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, create_vault
from mlid_desktop.vault.subjects.drafts import DraftKind
from tests.doubles import FixedClock
from tests.makers import CAMERA, ENROLLED, ROOT
from tests.unit.vault.conftest import PASSPHRASE, enrolment

CLERK = ("clerk", "clerk's passphrase")
POLICY = (ROOT / "resources" / "policy" / "standard.toml").read_bytes()
ENROLMENT_DRAFT, SEARCH_DRAFT = b"an enrolment, half way through", b"a search whose candidates wait"


def main() -> None:
    """Makes it in the folder named, with the backup in ``backup`` there and the vault in ``vault``."""
    home = Path(sys.argv[1]).resolve()
    vault = create_vault(
        home / "vault",
        operator_name="sup",
        passphrase=PASSPHRASE,
        demo=True,
        clock=FixedClock(),
        cost=FLOOR,
        second=SecondFounder(CLERK[0], Role.OPERATOR, CLERK[1]),
    )
    first = vault.save(enrolment("1", "Amara Okoye"))
    second = vault.save(enrolment("2", "Bo Ek"))
    gone = vault.save(enrolment("3", "Chi Oda"))
    vault.settings.register_device(CAMERA, vault.operators.confirm_second(*CLERK))
    vault.settings.store_policy("policy", POLICY, vault.operators.confirm_second(*CLERK))
    vault.subject_rights.withdraw_consent(second.subject_id, Withdrawal(ENROLLED, "Eve Ek"))
    vault.subject_rights.erase(gone.subject_id, vault.operators.confirm_second(*CLERK))
    vault.rotation.rotate()
    vault.count_attempt(first.subject_id)
    vault.audit.sign_checkpoint()
    vault.backups.create(FolderTarget(home / "backup"))
    vault.drafts.save(DraftKind.ENROLMENT, "5a" * 16, ENROLMENT_DRAFT)
    vault.drafts.save(DraftKind.SEARCH, "", SEARCH_DRAFT)
    vault.lock()
    for name in ("lock", "tries"):
        (home / "vault" / name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
