"""Where a register is, by libpq's own conventions, and how it may be reached: with TLS that is verified, or without
leaving this machine.

What was given outweighs the named service, that the ``PG…`` variables, and those libpq's defaults, as in libpq itself.
The rule is applied to what they come to, before anything is sent.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register.reaching import hosts_in
from mlid_desktop.vault.store.register.schema import SCHEMA

VERIFIED: Final = "verify-full"
ALIVE: Final = {  # a connection that is cut off is noticed within half a minute
    "connect_timeout": "10",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
DATES: Final = "ISO"
LIMITS: Final = {  # of a session, as the server keeps them
    "lock_timeout": "2s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "10s",
    "search_path": SCHEMA,
    "datestyle": DATES,  # as the driver reads moments, however the server else writes them
    # A machine that was suspended, or cut off, answers no probe: the server ends what it held within half a minute.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
ENCODING: Final = {"client_encoding": "UTF8"}  # of what is sent and read, whatever the environment says
NOT_OURS: Final = frozenset({"service", "replication"})  # one is read here, the other is no way to ask for rows
SERVICE_FILE: Final = ".pg_service.conf"
COMMON_SERVICES: Final = "/etc/postgresql-common"  # where Debian's libpq looks, unless PGSYSCONFDIR says otherwise
LOOPBACK_NAME: Final = "localhost"
LONGEST_SAID: Final = 60  # letters of a name that is shown


def connection_parameters(
    given: Mapping[str, str], defaults: Mapping[str, str], environment: Mapping[str, str], home: Path
) -> dict[str, str]:
    """The parameters to connect with: what is ``given`` for one register, what its service says, and what keeps the
    connection safe and alive. ``defaults`` are those of libpq, with the environment's variables in them.

    Raises RegisterError: REGISTER_UNVERIFIED where the server is elsewhere and would not be verified,
    REGISTER_NO_SERVICE where the service is not described anywhere, REGISTER_SETTINGS where it says nothing.
    """
    name = given.get("service") or environment.get("PGSERVICE", "")
    described = _service(name, environment, home) if name else {}
    asked_for = {**described, **{key: value for key, value in given.items() if key not in NOT_OURS}}
    whole, chosen = {**defaults, **asked_for}, {**asked_for, **ALIVE, **ENCODING}
    if is_on_this_machine(whole):
        return chosen
    asked = given.get("sslmode") or described.get("sslmode") or environment.get("PGSSLMODE") or VERIFIED
    if asked != VERIFIED:
        raise RegisterError(Code.REGISTER_UNVERIFIED, mode=asked)
    return {**chosen, "sslmode": VERIFIED}


def is_on_this_machine(parameters: Mapping[str, str]) -> bool:
    """Whether nothing of the connection leaves this machine: every host is a socket's folder or of the loopback."""
    return all(_is_near(host) for host in hosts_in(parameters))  # none at all: a socket, or localhost without sockets


def _is_near(address: str) -> bool:
    if not address or address == LOOPBACK_NAME or address.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _service(name: str, environment: Mapping[str, str], home: Path) -> dict[str, str]:
    folder = Path(environment.get("APPDATA", home)) / "postgresql" if sys.platform == "win32" else home
    own = Path(environment.get("PGSERVICEFILE") or folder / SERVICE_FILE)
    common = Path(environment.get("PGSYSCONFDIR") or COMMON_SERVICES) / "pg_service.conf"
    for file in (own, common):
        try:
            content = file.read_text(encoding="utf-8-sig", errors="replace")
        except (OSError, ValueError):  # a name may be none
            continue
        found = _described(content, name)
        if found is not None:
            return found
    raise RegisterError(Code.REGISTER_NO_SERVICE, name=name)


def _described(untrusted: str, name: str) -> dict[str, str] | None:
    """What a service file says of a service, read as libpq does: its first section counts, and of each parameter the
    first line; other sections may hold anything. Raises RegisterError(REGISTER_SETTINGS) for a line in it that says
    nothing."""
    found: dict[str, str] | None = None
    for line in map(str.strip, untrusted.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if found is not None:
                return found
            found = {} if line.startswith(f"[{name}]") else None
        elif found is not None:
            keyword, is_said, value = line.partition("=")
            if not is_said or keyword.strip() in NOT_OURS:
                raise RegisterError(Code.REGISTER_SETTINGS, what=keyword.strip()[:LONGEST_SAID])
            found.setdefault(keyword.strip(), value.strip())
    return found
