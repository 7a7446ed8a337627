"""The server of a register: how it is reached, and what an administrator has to allow before a register is made on
it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Final

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import is_shown, tidy
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.store.register.connection import read_parameters
from mlid_desktop.vault.store.register.server_state import Lack, ServerState
from mlid_desktop.vault.unlocked.register.desk_words import LONGEST_NAME
from mlid_desktop.vault.unlocked.register.standings import NewRegister

__all__ = [
    "LACKS",
    "Lack",
    "ServerState",
    "administrator_parameters",
    "connection_words",
    "desk_name",
    "desk_parameters",
    "read_parameters",
    "server_paper",
]

SECRETS: Final = frozenset({"password", "passfile", "sslpassword"})  # no vault keeps them
# What a server lacks, as its administrator mends it.
LACKS: Final = {
    Lack.TLS: _(
        "The server takes no encrypted connections. Set ssl, ssl_cert_file and ssl_key_file in postgresql.conf."
    ),
    Lack.ENCODING: _("The database is not in UTF-8. Make it again with the encoding UTF8."),
    Lack.EMPTY: _("There is a register in this database already. Choose an empty one."),
    Lack.ROLES: _("This role may make no other roles. Give it CREATEROLE, or take a superuser."),
    Lack.SCHEMA: _("This role does not own the database. Take its owner, or a superuser."),
    Lack.AUTHORITIES: _(
        "No desk could show its certificate yet. Name a file, empty for now, as ssl_ca_file in postgresql.conf."
    ),
}


def administrator_parameters(server: str, administrator: str, password: str = "") -> dict[str, str]:
    """How the server's administrator connects. Raises UsageError(USAGE_BAD_ARGUMENT)."""
    secret = {"password": password} if password else {}
    return {**desk_parameters(server), **read_parameters(administrator), **secret}


def desk_parameters(server: str) -> dict[str, str]:
    """Where the register is, as a vault keeps it. Raises UsageError(USAGE_BAD_ARGUMENT) for a secret in it, and where
    nothing is said."""
    found = read_parameters(server)
    if not found or SECRETS & set(found):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--server")
    return found


def connection_words(parameters: Mapping[str, str]) -> str:
    """Libpq's parameters as one line that ``psql`` takes; what is empty is left out."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in parameters.items() if value)


def server_paper(made: NewRegister, joining: str, authority: str, language: Language) -> str:
    """What a new register's server has to allow, for its administrator, and how desks join it: ``joining`` is how they
    reach it, ``authority`` the name of the file with the authority of their certificates."""
    text = language.text
    lines = (
        text("1. In pg_hba.conf, before its other lines:"),
        *made.lines,
        text("2. Add {file} to the file that ssl_ca_file names in postgresql.conf.", file=authority),
        text("3. Have the server read both again."),
        "",
        text("Invitation line and passphrase, for desks that join:"),
        joining,
        made.password,
    )
    return "\n".join(lines)


def desk_name(untrusted: str) -> str:
    """What people call a desk: what was typed, else the name of the machine. Raises UsageError(USAGE_BAD_ARGUMENT) for
    a name that cannot be shown."""
    name = tidy(untrusted)
    if not is_shown(name):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--name")
    return (name or platform.node())[:LONGEST_NAME]


def _quoted(value: str) -> str:
    if value and not any(letter in value for letter in " '\\\t\n"):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
