"""What each desk of a register says of itself: its name and program, and which erasures and keys it has followed. The
server has it sealed, and signed together with the point that the desk saw."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop import __version__
from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.text import is_shown, tidy
from mlid_desktop.vault.crypto.envelope import bind, derive, seal, unseal, wipe
from mlid_desktop.vault.crypto.signing import is_signed_as_before
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.store.changes.change import NUMBER_BYTES, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import SeenHead, note_seen
from mlid_desktop.vault.store.register.schema import OLDEST_SCHEMA, SCHEMA_VERSION
from mlid_desktop.vault.store.schema import LEDGER
from mlid_desktop.vault.store.statements import select_rows
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from mlid_desktop.vault.unlocked.state import VaultState

WORD: Final = "register-word"
LONGEST_NAME: Final = 60
LAST_ERASED: Final = sa.select(sa.func.coalesce(sa.func.max(LEDGER.c.sequence), 0))


@dataclass(frozen=True, slots=True)
class DeskWord:
    """A desk's word: its name, the version of its program, when it said this by its own clock, up to which entry of the
    list of erasures it has erased, up to which change of the register it has no bucket key of before, and the newest
    schema of a register that it knows."""

    name: str
    version: str
    at: datetime
    erased: int
    keys: int
    schema: int = OLDEST_SCHEMA

    def sealed(self, desk: str, roots: Roots, identity: VaultIdentity) -> bytes:
        """As the server keeps it."""
        content = {
            "name": self.name,
            "version": self.version,
            "at": self.at.isoformat(),
            "erased": self.erased,
            "keys": self.keys,
            "schema": self.schema,
        }
        key = derive(roots.data, WORD, identity.number)
        sealed = seal(key, json.dumps(content, separators=(",", ":")).encode(), _bound(desk, identity))
        wipe(key)
        return sealed

    @classmethod
    def opened(cls, untrusted: bytes, desk: str, roots: Roots, identity: VaultIdentity) -> DeskWord:
        """The inverse of :meth:`sealed`, of a word that the desk signed. Raises VaultError(VAULT_DAMAGED), and
        RegisterError(REGISTER_DAMAGED) for one that says other things than a desk does."""
        key = derive(roots.data, WORD, identity.number)
        try:
            plain = unseal(key, untrusted, _bound(desk, identity), WORD)
        finally:
            wipe(key)
        try:
            content = json.loads(plain)
            at, known = datetime.fromisoformat(content["at"]), int(content.get("schema", OLDEST_SCHEMA))
            name, version = (_shown(str(content[part])) for part in ("name", "version"))
            return cls(name, version, at.astimezone(UTC), int(content["erased"]), int(content["keys"]), known)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise RegisterError(Code.REGISTER_DAMAGED, what="seen_head") from None


def leave_word(
    connection: RegisterConnection, state: VaultState, link: RegisterLink, point: Point, keys: int, local: Connection
) -> None:
    """Leaves this desk's word: the point that it saw, and up to which point it has no key of before; ``local`` is a
    view of the vault as it is there."""
    ((erased,),) = select_rows(local, LAST_ERASED)
    word = DeskWord(link.name, __version__, state.clock.now(), int(erased), keys, SCHEMA_VERSION)
    sealed = word.sealed(link.desk.desk, state.keys.roots, state.identity)
    signature = link.desk.sign(word_bytes(state.identity, link.desk.desk, point, sealed))
    note_seen(connection, SeenHead(link.desk.desk, point, sealed, signature))


def word_bytes(identity: VaultIdentity, desk: str, point: Point, sealed: bytes) -> bytes:
    """The bytes that a desk signs of a point that it saw, and of its word."""
    number = point.number.to_bytes(NUMBER_BYTES, "big")
    return bind(b"seen", identity.header, desk.encode(), number, point.link, sealed)


def require_words(heads: Iterable[SeenHead], desks: Mapping[str, bytes], identity: VaultIdentity) -> None:
    """Raises RegisterError(REGISTER_DAMAGED) where a word is not as its desk signed it."""
    for head in heads:
        if not 0 <= head.point.number < 1 << 8 * NUMBER_BYTES:  # nobody signs such a number
            raise RegisterError(Code.REGISTER_DAMAGED, what="seen_head")
        content = word_bytes(identity, head.desk, head.point, head.sealed)
        if not is_signed_as_before([desks.get(head.desk, b"")], head.signature, content):
            raise RegisterError(Code.REGISTER_DAMAGED, what="seen_head")


def acknowledged(entry: int, renewed: Mapping[int, int], word: DeskWord | None) -> bool:
    """Whether a desk with this word has carried out the erasure with this entry: it has followed the list of erasures
    that far, and has no key of before. ``renewed`` has the number of the change by which keys were destroyed, by the
    entry."""
    number = renewed.get(entry)
    return word is not None and number is not None and word.erased >= entry and word.keys >= number


def _shown(untrusted: str) -> str:
    return "".join(letter for letter in tidy(untrusted[: 2 * LONGEST_NAME]) if is_shown(letter))[:LONGEST_NAME]


def _bound(desk: str, identity: VaultIdentity) -> bytes:
    return bind(WORD.encode(), identity.header, desk.encode())
