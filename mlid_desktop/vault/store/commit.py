"""The only way to change a vault: a transaction, then the head, each change one generation further (FORMAT.md, 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Marker
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.atomic_files import StagedFile
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.changes.change import Signer
from mlid_desktop.vault.store.changes.change_log import LINK, log_change
from mlid_desktop.vault.store.rollback_head import Head, stage_head
from mlid_desktop.vault.store.transaction import GENERATION, Transaction, read_facts


class Commits:
    """Keeps database and head in step: the head is never more than one generation behind. Each commit is a change that
    ``desk`` signs; without one (a vault of an earlier format) none is logged."""

    def __init__(
        self,
        folder: Path,
        database: DatabaseBackend,
        head: Head,
        key: bytearray,
        identity: VaultIdentity,
        desk: Signer | None,
    ) -> None:
        self._folder = folder
        self._database = database
        self._key = key
        self._identity = identity
        self._unpublished: StagedFile | None = None
        self.head = head
        self.desk = desk

    @contextmanager
    def transaction(
        self,
        marker: Marker,
        now: datetime | Callable[[Mapping[str, bytes]], datetime],
        key_generation: int,
        committed: Callable[[], None],
        before_commit: Callable[[], None] = lambda: None,
    ) -> Iterator[Transaction]:
        """A transaction with its head. The head is written and flushed before the commit and put in place after it:
        success is reported when both are durable, and a full disk is met before anything changed. ``now`` is its time,
        or tells it by the facts; ``before_commit`` runs when all but the commit is done, ``committed`` between commit
        and head. Raises VaultError, VAULT_IN_USE where the vault is not as this process left it."""
        self._publish()
        with self._database.changing() as connection:
            facts = read_facts(connection)
            transaction = Transaction(
                self._database, connection, marker, now if isinstance(now, datetime) else now(facts), facts
            )
            if transaction.counter(GENERATION) != self.head.generation:  # another process changed it meanwhile
                raise VaultError(Code.VAULT_IN_USE)
            yield transaction
            if self.desk is not None:
                log_change(transaction, self.head.generation + 1, self._identity.header, self.desk)
            elif LINK in transaction.facts:
                raise RuntimeError("a change that no desk signs would break the chain of those that are")
            head = transaction.close(self.head, key_generation)
            staged = stage_head(self._folder, head, self._key, self._identity)
            before_commit()
        self.head, self._unpublished = head, staged
        committed()
        self._publish()

    def _publish(self) -> None:
        if self._unpublished is not None:
            self._unpublished.publish()
            self._unpublished = None
