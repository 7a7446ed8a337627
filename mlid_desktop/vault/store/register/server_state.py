"""What a server has to offer before a register is made on it, as its administrator's connection finds it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import is_unused
from mlid_desktop.vault.store.register.schema import SCHEMA


class Lack(StrEnum):
    """What a server lacks for a register."""

    TLS = "tls"
    ENCODING = "encoding"
    EMPTY = "empty"
    ROLES = "roles"
    SCHEMA = "schema"
    AUTHORITIES = "authorities"  # of desks' certificates: has to be mended before the first desk connects


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server of this major version, and what it ``lacks`` for a register in the database."""

    version: int
    database: str
    lacks: tuple[Lack, ...]

    @property
    def is_ready(self) -> bool:
        """Whether a register can be made."""
        return not set(self.lacks) - {Lack.AUTHORITIES}


_ASKED = """
SELECT current_setting('ssl') = 'on', current_setting('server_encoding') = 'UTF8',
    NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = %s),
    role.rolsuper OR role.rolcreaterole,
    role.rolsuper OR pg_has_role(base.datdba, 'USAGE'),
    current_setting('ssl_ca_file') <> ''
FROM pg_roles AS role, pg_database AS base
WHERE role.rolname = current_user AND base.datname = current_database()
"""


def read_server_state(connection: RegisterConnection, header: bytes) -> ServerState:
    """What the server lacks for a register of the vault with this header; one that an interrupted start left there is
    no hindrance. Raises RegisterError."""
    ((*found,),) = connection.rows(_ASKED, [SCHEMA])
    at = list(Lack).index(Lack.EMPTY)
    found[at] = found[at] or is_unused(connection, header)
    lacks = tuple(lack for lack, is_there in zip(Lack, found, strict=True) if not is_there)
    return ServerState(connection.server_version, connection.database, lacks)
