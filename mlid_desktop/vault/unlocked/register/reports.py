"""What is told of a register: how it was made, how it stands, what was read in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register that was made: the password with which desks ask to join, and what the server's administrator has to
    allow: the authority of desks' certificates (PEM), and lines of its access rules."""

    join_role: str
    password: str = field(repr=False)
    authority: bytes
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterStatus:
    """How a register and the desk with this identifier stand, and which desks there are: ``number`` of the newest
    change, ``behind`` how many this desk has not seen or sent, ``in_step_at`` when a copy last was in step."""

    identifier: str
    reads: bool
    number: int
    behind: int
    encrypted: bool
    server_version: int
    desks: tuple[str, ...]
    in_step_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """Counts of what was read in a register and found whole."""

    changes: int
    items: int
    point: int
