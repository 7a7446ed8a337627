"""Whether a register's server answers at all, asked without a key and without a name: by the first byte of the protocol
alone, so that whoever waits for a server needs nothing of a vault. And what the faults of one that does are called."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from types import UnionType
from typing import Any, Final

from mlid_desktop.domain.errors import Code, RegisterError

USUAL_PORT: Final = "5432"
ASKED_FOR_S: Final = 10.0
SECRET_WORDS: Final = ("password authentication failed", "no password supplied")
OWN_CERTIFICATE: Final = ("could not read certificate", "could not load private key", "valid client certificate")
NO_DATABASE: Final = re.compile('database ".*" does not exist', re.DOTALL)
ROOT_CERTIFICATE: Final = "root certificate file"
MANY_WORDS: Final = ("too many clients", "too many connections", "connection slots are reserved")
NO_SERVICE: Final = re.compile('definition of service "(.*)" not found')
BAD_SETTING: Final = re.compile(  # what libpq says of a parameter, and a server of one that it does not take
    r'invalid (?:integer value ".*" for connection option|connection option|value for parameter) "(\w+)"'
    r"|invalid (\w+) (?:value|number)|could not match \d+ (\w+)|could not parse network (\w+)|weak (\w+)"
)
AWAY_WORDS: Final = (  # of a server that is not there, or is about to come or go
    "connection refused", "timeout expired", "could not translate host name", "closed the connection", "starting up",
    "shutting down", "recovery mode", "terminating connection", "not yet accepting connections",
)  # fmt: skip  # as many to a line as there is room for
PROBED_FOR_S: Final = 2.0
REFUSED_WORDS: Final = ("authentication failed", "does not exist", "permission denied", "pg_hba.conf")
CERTIFICATE_WORDS: Final = ("certificate", "tlsv1 alert", "ssl error", "does not support ssl", "sslmode", "ssl")
REFUSED_STATES: Final = ("28", "3D", "42501")
DAMAGED_STATES: Final = {"42703": "schema", "XX001": "pages", "XX002": "index"}  # altered there, or a bad disk
GSS_ENCRYPTION: Final = struct.pack("!ii", 8, 80877104)  # GSSENCRequest: answered in one byte by every server since 12


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server listens: a name or address and a port, or the folder of a socket of this machine."""

    host: str
    port: int

    @property
    def is_socket(self) -> bool:
        """Whether it is a socket of this machine, which is there or not without waiting."""
        return not self.host or self.host.startswith(("/", "@"))


def addresses_in(parameters: Mapping[str, str]) -> tuple[ServerAddress, ...]:
    """Where a server listens, by libpq's parameters, nothing left out."""
    hosts = hosts_in(parameters)
    ports = (parameters.get("port") or USUAL_PORT).split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    return tuple(
        ServerAddress(host, int(port) if port.strip().isdecimal() else int(USUAL_PORT))
        for host, port in zip(hosts, ports, strict=False)
    )


def hosts_in(parameters: Mapping[str, str]) -> list[str]:
    """The names and addresses that a connection is tried at, by libpq's parameters, nothing left out: an address
    stands for the name beside it, where there is one."""
    names = (parameters.get("host") or "").split(",")
    addresses = (parameters.get("hostaddr") or "").split(",")
    return [(address or name).strip() for name, address in zip_longest(names, addresses, fillvalue="")]


def require_answer(addresses: Sequence[ServerAddress], seconds: float = ASKED_FOR_S) -> None:
    """Returns when one of the addresses answers as a PostgreSQL does. Raises RegisterError(REGISTER_UNREACHABLE) where
    none did within so many seconds each."""
    if not any(address.is_socket or _answers(address, seconds) for address in addresses):
        raise RegisterError(Code.REGISTER_UNREACHABLE)


def _answers(address: ServerAddress, seconds: float) -> bool:
    try:
        with socket.create_connection((address.host, address.port), seconds) as made:
            made.sendall(GSS_ENCRYPTION)
            return bool(made.recv(1))
    except (OSError, UnicodeError):  # a name may be none
        return False


def cells(what: str, untrusted: Sequence[Any], kinds: Sequence[type | UnionType]) -> Sequence[Any]:
    """The cells of a row, one of each of these kinds: whoever administers the server may have changed what its columns
    take. Raises RegisterError(REGISTER_DAMAGED) where they are others; ``what`` says of which table they are."""
    if len(untrusted) != len(kinds) or not all(map(isinstance, untrusted, kinds)):
        raise RegisterError(Code.REGISTER_DAMAGED, what=what)
    return untrusted


def refused_connection(message: str, addresses: Sequence[ServerAddress]) -> RegisterError:
    """What it is called that no connection came about, with this text of libpq's and the server's. A server says it in
    its administrator's language: of words that nobody knows here it is asked whether it is there at all."""
    said = message.lower()
    setting, service = BAD_SETTING.search(said), NO_SERVICE.search(message)
    if service is not None:
        return RegisterError(Code.REGISTER_NO_SERVICE, name=service[1])
    if setting is not None:
        return RegisterError(Code.REGISTER_SETTINGS, what=next(filter(None, setting.groups())))
    named = connecting_fault(said)
    if named is None and not any(word in said for word in AWAY_WORDS):
        is_there = any(not address.is_socket and _answers(address, PROBED_FOR_S) for address in addresses)
        named = Code.REGISTER_REFUSED if is_there else None
    return RegisterError(named or Code.REGISTER_UNREACHABLE)


def connecting_fault(message: str) -> Code | None:
    """What a server that refuses a connection says, in words alone: libpq gives no state then."""
    if ROOT_CERTIFICATE in message:
        return Code.REGISTER_NO_ROOT
    if any(word in message for word in MANY_WORDS):
        return Code.REGISTER_CROWDED
    if any(word in message for word in SECRET_WORDS):
        return Code.REGISTER_WRONG_PASSPHRASE
    if any(word in message for word in OWN_CERTIFICATE):
        return Code.REGISTER_CERTIFICATE
    if NO_DATABASE.search(message):
        return Code.REGISTER_NO_DATABASE
    if any(word in message for word in REFUSED_WORDS):
        return Code.REGISTER_REFUSED
    return Code.REGISTER_CERTIFICATE if any(word in message for word in CERTIFICATE_WORDS) else None


def register_fault(state: str) -> RegisterError:
    """What a fault of the server with this state is called here. One of the register's own functions is one of ours
    already."""
    named = _BY_STATE.get(state)
    if named is not None:
        return RegisterError(named)
    if state in DAMAGED_STATES:
        return RegisterError(Code.REGISTER_DAMAGED, what=DAMAGED_STATES[state])
    if state.startswith(REFUSED_STATES):
        return RegisterError(Code.REGISTER_NOT_PERMITTED)
    if not state or state.startswith(("08", "57P", "25P03")):
        return RegisterError(Code.REGISTER_UNREACHABLE)
    return RegisterError(Code.REGISTER_FAULTY, state=state)


# States, among them those that the functions of the schema raise, in a class that PostgreSQL does not use.
_BY_STATE: Final = {
    "ML001": Code.REGISTER_MOVED_ON,
    "ML002": Code.REGISTER_NOT_A_DESK,
    "ML003": Code.REGISTER_BUSY,
    "55P03": Code.REGISTER_BUSY,
    "57014": Code.REGISTER_BUSY,
    "53100": Code.REGISTER_FULL,
    "53200": Code.REGISTER_FULL,
    "53300": Code.REGISTER_CROWDED,
    "25006": Code.REGISTER_READ_ONLY,
    "40001": Code.REGISTER_BUSY,
    "40P01": Code.REGISTER_BUSY,
    "3F000": Code.REGISTER_MISSING,
    "42P01": Code.REGISTER_MISSING,
    "42883": Code.REGISTER_MISSING,
}
