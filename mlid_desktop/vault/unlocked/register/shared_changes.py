"""What the transactions of a vault have to do with the register that the vault may be in: nothing for a desk alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from mlid_desktop.vault.keyring import VaultKeys
from mlid_desktop.vault.store.transaction import Transaction


class SharedChanges(Protocol):
    """Has a register take each change of what desks share before the vault does. Methods raise RegisterError where it
    does not: then the change is not made."""

    @property
    def is_alone(self) -> bool:
        """Whether the vault is in no register."""
        ...

    @property
    def leads(self) -> bool:
        """Whether what one desk alone may do is done at this one."""
        ...

    @property
    def is_settled(self) -> bool:
        """Whether it is known of every change of this desk if the register has it."""
        ...

    def held(self, *, is_long: bool = False) -> AbstractContextManager[None]:
        """Holds the register, with the vault in step with it, until its next change or the end of the context.
        ``is_long``: the act is about everybody, and others wait for it."""
        ...

    def turn(self, change: Callable[[], AbstractContextManager[Transaction]]) -> AbstractContextManager[Transaction]:
        """As :meth:`held`, with the one change that is made then, as ``change`` begins it."""
        ...

    def close(self) -> None:
        """Has other desks write nothing more until this one wrote everything anew, as under other roots."""
        ...

    def begin(self, transaction: Transaction) -> None:
        """Brings into a transaction that begins what other desks changed."""
        ...

    def stage(self, transaction: Transaction, keys: VaultKeys) -> None:
        """Writes into the register what a transaction changed; ``keys`` are those in force after it."""
        ...

    def publish(self) -> None:
        """Has the register keep what was staged, just before the vault keeps it."""
        ...

    def committed(self, transaction: Transaction) -> None:
        """The vault keeps it too."""
        ...

    def abandon(self) -> None:
        """The vault does not keep it."""
        ...


class DeskAlone:
    """A vault that is in no register."""

    is_alone = True
    leads = True
    is_settled = True

    @contextmanager
    def held(self, *, is_long: bool = False) -> Iterator[None]:  # noqa: ARG002 - as the other has it
        """There is nothing to hold."""
        yield

    def turn(self, change: Callable[[], AbstractContextManager[Transaction]]) -> AbstractContextManager[Transaction]:
        """Nobody else has a turn."""
        return change()

    def close(self) -> None:
        """There is nothing to close."""

    def begin(self, transaction: Transaction) -> None:
        """Nobody else changes anything."""

    def stage(self, transaction: Transaction, keys: VaultKeys) -> None:
        """Nobody else has to know."""

    def publish(self) -> None:
        """Nothing was staged."""

    def committed(self, transaction: Transaction) -> None:
        """Nobody waits for it."""

    def abandon(self) -> None:
        """Nothing was staged."""
