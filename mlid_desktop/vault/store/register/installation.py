"""Makes a register in an empty database, upgrades one to a later schema, and reads how it stands: its schema, its
desks, how far it has come."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.changes.change import FIRST_LINK, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.reaching import cells
from mlid_desktop.vault.store.register.schema import (
    AS_OWNER,
    DESK_ROLE,
    DONE,
    DUMP_ROLE,
    JOIN_ROLE,
    OLDEST_SCHEMA,
    ROLES,
    SCHEMA,
    SCHEMA_VERSION,
    tables,
)
from mlid_desktop.vault.store.register.upgrades import functions_and_rights, lacking_tables, require_known

ROLE_DIGITS: Final = 12  # of an identifier, in the name of a role
READABLE: Final = "0123456789abcdefghjkmnpqrstvwxyz"
PASSWORD_LENGTH: Final = 20
POINT: Final = "SELECT n, link FROM state"


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A desk as the register lists it; whether it is one, its certificate says."""

    desk: str
    sign_key: bytes
    box_key: bytes
    epoch: int
    certificate: bytes = field(repr=False)
    supervises: bool = False
    is_removed: bool = False

    @property
    def role(self) -> str:
        """The role by which the server knows the desk, and the name in its TLS certificate."""
        return role_of(self.desk)


def role_of(desk: str) -> str:
    """The role by which the server knows the desk with this identifier (32 hex digits)."""
    return f"{DESK_ROLE}_{desk[:ROLE_DIGITS]}"


def install(
    connection: RegisterConnection, header: bytes, vault_id: str, kinds: tuple[str, ...], first: DeskRow
) -> str:
    """Makes roles, tables and functions in the database of an administrator's connection, and enters the first desk:
    all or nothing. ``header`` is that of the vault with this identifier. One of this vault that nobody wrote to, as an
    interrupted start leaves it, is made anew. Gives the password with which desks ask to join. Raises
    RegisterError(REGISTER_EXISTS, REGISTER_NOT_PERMITTED)."""
    exists = bool(connection.rows("SELECT FROM pg_namespace WHERE nspname = %s", [SCHEMA]))
    if exists and not is_unused(connection, header):
        raise RegisterError(Code.REGISTER_EXISTS, database=connection.database)
    role, password = join_role_of(vault_id), new_password()
    verifier = connection.password_verifier(role, password)
    with connection.transaction():
        if exists:
            _take_back(connection)
        connection.script(ROLES)
        connection.script(tables(kinds) + lacking_tables(OLDEST_SCHEMA, SCHEMA_VERSION))
        connection.rows("INSERT INTO register (version, header) VALUES (%s, %s)", [SCHEMA_VERSION, header])
        connection.rows("INSERT INTO state (n, link) VALUES (0, %s)", [FIRST_LINK])
        connection.script(functions_and_rights(SCHEMA_VERSION))
        add_desk(connection, first)
        connection.script(DONE)
        if not connection.rows("SELECT FROM pg_roles WHERE rolname = %s", [role]):
            connection.script(f"CREATE ROLE {role} LOGIN IN ROLE {JOIN_ROLE}")
        connection.script(f"ALTER ROLE {role} PASSWORD '{verifier}'")
        connection.script(f"GRANT CONNECT ON DATABASE {quoted(connection.database)} TO {role}")
    return password


def upgrade(connection: RegisterConnection, header: bytes, permit: Callable[[], None]) -> int:
    """Brings a register to the newest schema, as an administrator of its server, in one transaction in which no desk
    writes; ``permit`` is asked within it and raises where that may not be. Gives the version that it had; where that is
    the newest, nothing is done. Raises RegisterError, REGISTER_BUSY where a desk holds the register for too long."""
    if not connection.rows("SELECT FROM pg_namespace WHERE nspname = %s", [SCHEMA]):
        raise RegisterError(Code.REGISTER_MISSING)
    with connection.transaction():
        connection.script(AS_OWNER)
        connection.rows("SELECT FROM state FOR UPDATE")
        found = require_register(connection, header)
        if found < SCHEMA_VERSION:
            permit()
            connection.script(lacking_tables(found, SCHEMA_VERSION))
            connection.script(functions_and_rights(SCHEMA_VERSION))
            connection.rows("UPDATE register SET version = %s", [SCHEMA_VERSION])
            connection.rows("SELECT pg_notify('mlid', '')")
        connection.script(DONE)
    return found


def renew_joining(connection: RegisterConnection, vault_id: str) -> str:
    """Gives those who ask to join the register of this vault another password, as an administrator of the server; the
    new one. Raises RegisterError(REGISTER_NOT_PERMITTED)."""
    role, password = join_role_of(vault_id), new_password()
    connection.script(f"ALTER ROLE {role} PASSWORD '{connection.password_verifier(role, password)}'")
    return password


def is_unused(connection: RegisterConnection, header: bytes) -> bool:
    """Whether the register is of the vault with this header, and nothing was ever written to it."""
    try:
        found = connection.rows("SELECT header FROM register WHERE NOT EXISTS (SELECT FROM change)")
    except RegisterError:
        return False  # of somebody else, or of a version that has other tables
    return [bytes(stored) for (stored,) in found] == [header]


def _take_back(connection: RegisterConnection) -> None:
    """Takes away a register that nobody wrote to, with the roles of its desks."""
    roles = [quoted(role) for (role,) in connection.rows("SELECT pg_role::text FROM desk")]
    database = quoted(connection.database)
    connection.script("GRANT mlid_owner TO CURRENT_USER; SET LOCAL ROLE mlid_owner")  # who granted it takes it back
    for role in roles:
        connection.script(f"REVOKE CONNECT ON DATABASE {database} FROM {role}; DROP ROLE {role}")
    connection.script(f"DROP SCHEMA {SCHEMA} CASCADE; RESET ROLE")


def new_password() -> str:
    """A random password of 100 bits that can be read out."""
    letters = "".join(secrets.choice(READABLE) for _ in range(PASSWORD_LENGTH))
    return "-".join(letters[at : at + 5] for at in range(0, PASSWORD_LENGTH, 5))


def join_role_of(vault_id: str) -> str:
    """The role by which a desk that is none yet asks to join the register of the vault with this identifier."""
    return f"mlid_join_{vault_id[:ROLE_DIGITS]}"


def add_desk(connection: RegisterConnection, row: DeskRow) -> None:
    """Enters a desk and makes its role. Raises RegisterError(REGISTER_NOT_PERMITTED)."""
    connection.rows(
        "SELECT add_desk(%s, %s, %s, %s, %s, %s, %s)",
        [UUID(row.desk), row.sign_key, row.box_key, row.role, row.epoch, row.certificate, row.supervises],
    )


def remove_desk(connection: RegisterConnection, desk: str) -> None:
    """Takes a desk out: its role lets nobody in any more. Raises RegisterError(REGISTER_NOT_PERMITTED)."""
    connection.rows("SELECT remove_desk(%s)", [UUID(desk)])


def require_register(connection: RegisterConnection, header: bytes) -> int:
    """The version of the register's schema. Raises RegisterError: there is no register (REGISTER_MISSING), this role
    may not use it (REGISTER_NOT_PERMITTED), it is of a version that this program does not know (REGISTER_VERSION), or
    of another vault (REGISTER_ANOTHER)."""
    may_use = connection.rows(
        "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = %s", [SCHEMA]
    )
    if not may_use:
        raise RegisterError(Code.REGISTER_MISSING)
    if not may_use[0][0]:
        raise RegisterError(Code.REGISTER_NOT_PERMITTED)
    found = connection.rows("SELECT version, header FROM register")
    if len(found) != 1:
        raise RegisterError(Code.REGISTER_MISSING)
    version, stored = cells("register", found[0], (int, bytes))
    require_known(version)
    if stored != header:
        raise RegisterError(Code.REGISTER_ANOTHER)
    return int(version)


def read_desks(connection: RegisterConnection) -> tuple[DeskRow, ...]:
    """Every desk that the register lists, those that were removed too; the connection knows the version of the schema
    then. Raises RegisterError(REGISTER_VERSION) for one that this program does not know, as an upgrade since may
    leave."""
    found = connection.rows(
        "SELECT (SELECT version FROM register), desk, sign_pk, box_pk, epoch, certificate, supervises,"
        " removed_n IS NOT NULL FROM desk ORDER BY desk"
    )
    for version, *_ in found[:1]:
        (connection.schema,) = cells("register", [version], (int,))
        require_known(connection.schema)
    return tuple(desk_row(row) for _, *row in found)


def desk_row(untrusted: Sequence[Any]) -> DeskRow:
    """A desk out of its cells, in the order of :class:`DeskRow`. Raises RegisterError(REGISTER_DAMAGED)."""
    desk, sign, box, epoch, *rest = cells("desk", untrusted, (UUID, bytes, bytes, int, bytes, bool, bool))
    return DeskRow(desk.hex, sign, box, epoch, *rest)


def point_of(found: Sequence[tuple[Any, ...]]) -> Point:
    """The point that a register's state says. Raises RegisterError(REGISTER_DAMAGED)."""
    if len(found) != 1:
        raise RegisterError(Code.REGISTER_DAMAGED, what="state")
    return Point(*cells("state", found[0], (int, bytes)))


def read_point(connection: RegisterConnection) -> Point:
    """How far the register has come, by its own account."""
    return point_of(connection.rows(POINT))


def quoted(name: str) -> str:
    """A name as SQL and the server's access rules take it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def access_lines(database: str) -> tuple[str, ...]:
    """What the server's file of access rules has to allow, before its other lines: desks with the certificate of the
    register, nobody else without TLS."""
    name = quoted(database)
    return (
        f"hostssl  {name}  +{DESK_ROLE}  all  cert",
        f"hostssl  {name}  +{JOIN_ROLE}  all  scram-sha-256",
        f"hostssl  {name}  +{DUMP_ROLE}  all  scram-sha-256",
        f"host     {name}  all  all  reject",
    )
