"""The audit chain: what was written cannot be removed, changed, reordered or cut without being noticed."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.envelope import bind, seal
from mlid_desktop.vault.schema import AUDIT, FACTS
from mlid_desktop.vault.slots import FLOOR
from mlid_desktop.vault.vault import Vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import reopened

CLERK = "clerk's passphrase"


@pytest.fixture
def kept(vault: Vault) -> Vault:
    """A vault with five entries."""
    for number in range(5):
        vault.append_audit("test", {"number": number, "operator": "sup"})
    return vault


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        (sa.delete(AUDIT).where(AUDIT.c.sequence == 3), 3),
        (sa.delete(AUDIT).where(AUDIT.c.sequence == 5), 5),
        (sa.delete(AUDIT), 1),
        (sa.update(AUDIT).where(AUDIT.c.sequence == 2).values(mac=bytes(32)), 2),
        (sa.update(AUDIT).where(AUDIT.c.sequence == 2).values(sealed=bytes(60)), 2),
        (sa.update(AUDIT).where(AUDIT.c.sequence == 2).values(link=bytes(32)), 2),
        (sa.update(AUDIT).where(AUDIT.c.sequence >= 4).values(sequence=AUDIT.c.sequence + 1), 4),
        (sa.update(FACTS).where(FACTS.c.name == "audit-count").values(value=(4).to_bytes(8, "big")), None),
    ],
)
def test_every_tampering_is_named(kept: Vault, statement: sa.UpdateBase, entry: int | None) -> None:
    if entry == 4:
        order = sa.select(AUDIT.c.sequence).where(AUDIT.c.sequence >= 4).order_by(AUDIT.c.sequence.desc())
        with kept._database.changing() as connection:
            for sequence in connection.execute(order).scalars().all():
                connection.execute(sa.update(AUDIT).where(AUDIT.c.sequence == sequence).values(sequence=sequence + 1))
    else:
        with kept._database.changing() as connection:
            connection.execute(statement)
    with pytest.raises(VaultError) as fault:
        kept.verify()
    if entry is None:
        assert fault.value.code is Code.VAULT_ROLLED_BACK
    else:
        assert fault.value.facts["what"] == f"audit entry {entry}"


def test_whoever_takes_todays_keys_cannot_rewrite_yesterday(kept: Vault, folder: Path, clock: FixedClock) -> None:
    """A clerk holds the data root and the present audit key; the code of an old entry needs a key that is gone."""
    kept.add_operator("clerk", Role.OPERATOR, CLERK, FLOOR)
    kept.lock()
    clerk = reopened(folder, clock, "clerk", CLERK)
    keys = clerk._keys.audit
    assert keys.first is None
    with clerk._change() as change:
        entries = change.connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).all()
        link, present = bytes(32), change.facts["audit-key"]
        for row in entries:
            place = row.sequence.to_bytes(8, "big")
            sealed = seal(keys.entries, b'{"forged":true}', bind(b"audit", keys.identity.header, place))
            covered = bind(b"audit", place, link, sealed)
            link = hashlib.sha256(covered).digest()
            forged = {"sealed": sealed, "link": link, "mac": hmac.digest(present, covered, "sha256")}
            change.connection.execute(sa.update(AUDIT).where(AUDIT.c.sequence == row.sequence).values(**forged))
        change.facts["audit-link"] = link
    clerk.verify()  # a clerk cannot tell: links and order hold
    clerk.lock()
    supervisor = reopened(folder, clock, "sup")
    try:
        with pytest.raises(VaultError) as fault:
            supervisor.verify()
        assert fault.value.facts["what"] == "audit entry 1"
    finally:
        supervisor.lock()
