"""Where a register is, by libpq's own conventions, and how it may be reached: with TLS that is verified, or without
leaving this machine.

What was given outweighs the named service, that the ``PG…`` variables, and those libpq's defaults, as in libpq itself.
The rule is applied to what they come to, before anything is sent.
"""

from __future__ import annotations

import configparser
import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError
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
LIMITS: Final = {  # of a session, as the server keeps them
    "lock_timeout": "2s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "10s",
    "search_path": SCHEMA,
    "datestyle": "ISO",  # as the driver reads moments, however the server else writes them
    # A machine that was suspended, or cut off, answers no probe: the server ends what it held within half a minute.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
SERVICE_FILE: Final = ".pg_service.conf"
LOOPBACK_NAME: Final = "localhost"


def connection_parameters(
    given: Mapping[str, str], defaults: Mapping[str, str], environment: Mapping[str, str], home: Path
) -> dict[str, str]:
    """The parameters to connect with: what is ``given`` for one register, what its service says, and what keeps the
    connection safe and alive. ``defaults`` are those of libpq, with the environment's variables in them.

    Raises RegisterError(REGISTER_UNVERIFIED) where the server is elsewhere and would not be verified, and
    RegisterError(REGISTER_NO_SERVICE) where the service is not described anywhere.
    """
    name = given.get("service") or environment.get("PGSERVICE", "")
    described = _service(name, environment, home) if name else {}
    whole = {**defaults, **described, **{key: value for key, value in given.items() if key != "service"}}
    chosen = {**described, **{key: value for key, value in given.items() if key != "service"}, **ALIVE}
    if is_on_this_machine(whole):
        return chosen
    asked = given.get("sslmode") or described.get("sslmode") or environment.get("PGSSLMODE") or VERIFIED
    if asked != VERIFIED:
        raise RegisterError(Code.REGISTER_UNVERIFIED, mode=asked)
    return {**chosen, "sslmode": VERIFIED}


def is_on_this_machine(parameters: Mapping[str, str]) -> bool:
    """Whether nothing of the connection leaves this machine: every host is a socket's folder or of the loopback."""
    addresses = parameters.get("hostaddr") or parameters.get("host") or ""
    if not addresses:
        return True  # a socket, or localhost where the system has none
    return all(_is_near(address.strip()) for address in addresses.split(","))


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
    common = [Path(environment["PGSYSCONFDIR"]) / "pg_service.conf"] if environment.get("PGSYSCONFDIR") else []
    for file in (own, *common):
        parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue
        if parser.has_section(name):
            return dict(parser[name])
    raise RegisterError(Code.REGISTER_NO_SERVICE, name=name)
