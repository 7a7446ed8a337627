"""What a desk keeps of the register that its vault is in: where it is, its own keys, and how far it saw it
(FORMAT.md, 22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.envelope import bind, derive, seal, unseal, wipe
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.desk_keys import DeskKeys, is_certified
from mlid_desktop.vault.keys.key_file import Control
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.store.atomic_files import StagedFile
from mlid_desktop.vault.store.changes.change import FIRST_LINK, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import DeskRow, role_of
from mlid_desktop.vault.store.register.schema import OLDEST_SCHEMA
from mlid_desktop.vault.store.transaction import Transaction

FACTS: Final = "register-"  # begins the name of every fact about a register
DESK, SERVER, POINT = "register-desk", "register-server", "register-point"
NEWEST_SCHEMA: Final = "register-schema"
CERTIFICATE_FILE, TLS_KEY_FILE = "register.crt", "register.key"
START: Final = Point(0, FIRST_LINK)


def seen_point(facts: Mapping[str, bytes]) -> Point:
    """How far a desk saw its register. Raises VaultError(VAULT_DAMAGED)."""
    try:
        return Point.read(facts.get(POINT) or START.written())
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=POINT) from None


def note_point(transaction: Transaction, point: Point) -> None:
    """Notes that the register was seen up to this point, and that the vault is its state there."""
    transaction.facts[POINT] = point.written()


def seen_schema(facts: Mapping[str, bytes]) -> int:
    """The newest schema that this desk saw its register have."""
    return int.from_bytes(facts.get(NEWEST_SCHEMA, b""), "big") or OLDEST_SCHEMA


def note_schema(transaction: Transaction, version: int) -> None:
    """Notes that the register has this schema."""
    transaction.set_counter(NEWEST_SCHEMA, version)


def require_schema(facts: Mapping[str, bytes], version: int) -> None:
    """Raises RegisterError(REGISTER_BEFORE_UPGRADE) where this desk saw the register have a newer schema: its server
    was restored from a state of before."""
    seen = seen_schema(facts)
    if version < seen:
        raise RegisterError(Code.REGISTER_BEFORE_UPGRADE, found=version, known=seen)


@dataclass(frozen=True, slots=True)
class RegisterLink:
    """The register as a desk knows it: ``server`` are libpq's parameters, without a password; ``leads``: the desk
    made the register, and does for all desks what one alone may do; ``name`` is what people call the desk."""

    server: Mapping[str, str]
    leads: bool
    desk: DeskKeys = field(repr=False)
    name: str = ""

    @classmethod
    def read(cls, facts: Mapping[str, bytes], roots: Roots, identity: VaultIdentity) -> RegisterLink | None:
        """Reads the link from the facts; None for a vault that is in no register. Raises VaultError(VAULT_DAMAGED)."""
        if DESK not in facts:
            return None
        key = derive(roots.data, DESK, identity.number)
        plain = unseal(key, facts[DESK], bind(DESK.encode(), identity.header), DESK)
        wipe(key)
        kept = json.loads(facts[SERVER])
        return cls(kept["server"], bool(kept["leads"]), DeskKeys.read(plain), kept.get("name", ""))

    def write(self, transaction: Transaction, roots: Roots, identity: VaultIdentity) -> None:
        """Writes the link among the facts, the desk's keys sealed under the data root."""
        key = derive(roots.data, DESK, identity.number)
        transaction.facts[DESK] = seal(key, self.desk.written(), bind(DESK.encode(), identity.header))
        kept = {"server": dict(self.server), "leads": self.leads, "name": self.name}
        transaction.facts[SERVER] = json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()
        wipe(key)

    def connect(self, folder: Path) -> RegisterConnection:
        """A connection as this desk, with the certificate in the vault's folder. Raises RegisterError."""
        own = {
            "user": role_of(self.desk.desk),
            "sslcert": str(folder / CERTIFICATE_FILE),
            "sslkey": str(folder / TLS_KEY_FILE),
            "sslpassword": tls_password(self.desk),
        }
        return RegisterConnection.open({**self.server, **own}, name="mlid")


def tls_password(desk: DeskKeys) -> str:
    """The password that the desk's key for TLS is encrypted under in its file."""
    key = derive(desk.seed, "register-tls", bytes.fromhex(desk.desk))
    password = bytes(key).hex()
    wipe(key)
    return password


def write_tls_files(folder: Path, private: bytes, certificate: bytes) -> None:
    """Writes the desk's key for TLS, encrypted, and its certificate into the vault's folder. Raises VaultError."""
    for name, content in ((TLS_KEY_FILE, private), (CERTIFICATE_FILE, certificate)):
        StagedFile(folder / name, content).publish()


def rewrap_link(transaction: Transaction, identity: VaultIdentity, old: Roots, new: Roots) -> None:
    """Seals the desk's keys under new roots."""
    link = RegisterLink.read(transaction.facts, old, identity)
    if link is not None:
        link.write(transaction, new, identity)


def forget_link(transaction: Transaction) -> None:
    """Takes the vault out of its register, as far as it knows: a copy of a desk is no second desk."""
    for name in [name for name in transaction.facts if name.startswith(FACTS)]:
        del transaction.facts[name]


def certified_desks(rows: tuple[DeskRow, ...], control: Control) -> dict[str, bytes]:
    """The verify keys of the desks that a supervisor certified, by their identifiers. Raises
    RegisterError(REGISTER_DAMAGED) where one that the register lists is none."""
    trusted, header = control.trusted_keys, control.identity.header
    for row in rows:
        keys = (row.sign_key, row.box_key)
        if not is_certified(trusted, header, row.desk, *keys, row.epoch, row.certificate):
            raise RegisterError(Code.REGISTER_DAMAGED, what="desk")
    return {row.desk: row.sign_key for row in rows}
