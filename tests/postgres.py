"""A PostgreSQL of the tests' own: a cluster in a temporary folder, on loopback, ended by its own process."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADMINISTRATOR = "postgres"
SERVICE_ACCOUNT = "postgres"  # of Debian's package; initdb refuses root
DEBIAN = Path("/usr/lib/postgresql")
ANSWERS_WITHIN_S, ASKED_EVERY_S = 60.0, 0.05
MEMORY, ROOM = Path("/dev/shm"), 2 << 30  # of Linux; bytes that a server may come to need there
PORTS_TRIED, PORT_TAKEN = 5, "could not create any TCP/IP sockets"  # a free port may be taken before the server has it
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # nothing outlives the test; kills of the server turn it on
    "shared_buffers": "16MB",
    "max_wal_size": "128MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
    "ssl": "on",
}
BARE_ACCESS = """local all all trust
host all postgres 127.0.0.1/32 trust
"""
ACCESS = f"""{BARE_ACCESS}hostssl all +mlid_desk all cert
hostssl all +mlid_joining all scram-sha-256
"""


class NoServerError(Exception):
    """There is no PostgreSQL to be had here; the message says why."""


def programs() -> Path:
    """The folder of PostgreSQL's programs. Raises NoServerError."""
    found = shutil.which("postgres")
    if found is not None and Path(found).resolve().with_name("initdb").is_file():
        return Path(found).resolve().parent
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise NoServerError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return versions[-1].parent


@dataclass(slots=True)
class Cluster:
    """A running server: where it listens, its folder, and the file of the authorities whose desks it lets in."""

    folder: Path
    port: int
    bin: Path
    process: subprocess.Popen[bytes]
    databases: int = field(default=0)

    @property
    def administrator(self) -> dict[str, str]:
        """How its administrator connects, to no database in particular."""
        return {"host": "127.0.0.1", "port": str(self.port), "user": ADMINISTRATOR}

    @property
    def root_certificate(self) -> Path:
        """What the server's certificate is checked against."""
        return self.folder / "server-root.crt"

    def database(self, template: str = "template0") -> str:
        """A new database, empty or a copy of another; its name."""
        self.databases += 1
        name = f"register_{self.databases}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        """Deletes a database that no test needs any more, whoever is still connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """A statement of the administrator's."""
        import psycopg

        reached = {**self.administrator, "dbname": database, "sslmode": "disable"}
        given = " ".join(f"{name}={value}" for name, value in reached.items())
        with psycopg.connect(given, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return [] if cursor.description is None else cursor.fetchall()

    def let_in(self, authority: bytes, lines: tuple[str, ...]) -> None:
        """Takes an authority of desks and lines of access, as an administrator would."""
        for name, content in (("desks.crt", authority), ("pg_hba.conf", "".join(f"{row}\n" for row in lines).encode())):
            file = self.folder / "data" / name
            before = file.read_bytes()
            file.write_bytes(before + content if name == "desks.crt" else content + before)
        self.sql("SELECT pg_reload_conf()")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends the server by its own process; fast, unless another signal says how."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)

    def start_again(self, **settings: str) -> None:
        """Starts it where it was, once what a kill left of it has ended too."""
        end = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            try:
                self.process = started(self.folder, self.bin, self.port, **settings).process
            except NoServerError:
                if time.monotonic() > end:
                    raise
                time.sleep(ASKED_EVERY_S)
            else:
                return


@contextmanager
def cluster(parent: Path | None = None, **settings: str) -> Iterator[Cluster]:
    """A server with a cluster of its own, in a new folder of ``parent``, else of the system's temporary files; for a
    ``with`` block. Raises NoServerError."""
    bin_folder = programs()
    home = Path(tempfile.mkdtemp(prefix="mlid-pg-", dir=parent))
    made: Cluster | None = None
    try:
        account = _account(home)
        data = home / "data"
        _run([bin_folder / "initdb", "-D", data, "-A", "trust", "-U", ADMINISTRATOR, "--no-sync", "-E", "UTF8",
              "--locale=C"], account)  # fmt: skip
        (data / "pg_hba.conf").write_text(ACCESS, encoding="ascii")
        _write_certificates(home, data)
        if account:
            for path in (data / "server.crt", data / "server.key", data / "desks.crt"):
                shutil.chown(path, SERVICE_ACCOUNT, SERVICE_ACCOUNT)
        made = started_somewhere(home, bin_folder, **settings)
        yield made
    finally:
        if made is not None:
            made.stop()
        shutil.rmtree(home, ignore_errors=True)


def started_somewhere(home: Path, bin_folder: Path, **settings: str) -> Cluster:
    """Starts the server of a cluster that is there, at a port that is free. Raises NoServerError."""
    for _ in range(PORTS_TRIED - 1):
        try:
            return started(home, bin_folder, _free_port(), **settings)
        except NoServerError as why:
            if PORT_TAKEN not in str(why):
                raise
    return started(home, bin_folder, _free_port(), **settings)


def started(home: Path, bin_folder: Path, port: int, **settings: str) -> Cluster:
    """Starts the server of a cluster that is there, and waits until this one answers: it is asked at its own socket,
    since somebody else's may have taken the port. Raises NoServerError."""
    chosen = {**SETTINGS, "ssl_ca_file": "desks.crt", **settings, "port": str(port)}
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    command = [str(bin_folder / "postgres"), "-D", str(home / "data"), "-k", str(home), *options]
    log = (home / "log").open("ab")
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, **_account(home))
    log.close()
    made = Cluster(home, port, bin_folder, process)
    end = time.monotonic() + ANSWERS_WITHIN_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NoServerError(f"PostgreSQL ended at once: {(home / 'log').read_text(errors='replace')[-500:]}")
        ready = subprocess.run(
            [bin_folder / "pg_isready", "-q", "-h", home, "-p", str(port)], check=False, capture_output=True
        )
        if ready.returncode == 0:
            return made
        time.sleep(ASKED_EVERY_S)
    made.stop(signal.SIGQUIT)
    raise NoServerError("PostgreSQL did not answer")


def running_server() -> Iterator[Cluster]:
    """For a fixture: a running PostgreSQL; skips, with the reason, where none can be had."""
    try:
        with cluster(_memory(), autovacuum="off") as made:  # it would go through every test's database each minute
            yield made
    except NoServerError as why:
        pytest.skip(str(why))


def _memory() -> Path | None:
    """A file system in memory with room for a cluster: nothing that a test writes needs a disk, and each database is
    hundreds of files. None where there is none."""
    try:
        there = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
        free = re.search(r"^MemAvailable: *(\d+) kB$", Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return None
    return MEMORY if there and free is not None and int(free[1]) << 10 > 2 * ROOM else None


def _account(home: Path) -> dict[str, Any]:
    """Who runs the server: the package's account where we are root, else whoever runs the tests."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    try:
        shutil.chown(home, SERVICE_ACCOUNT, SERVICE_ACCOUNT)
    except LookupError:
        raise NoServerError(f"there is no account {SERVICE_ACCOUNT}, and PostgreSQL refuses root") from None
    return {"user": SERVICE_ACCOUNT, "group": SERVICE_ACCOUNT, "extra_groups": []}


def _run(command: list[Any], account: dict[str, Any]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False, cwd="/", **account)
    if done.returncode:
        raise NoServerError(f"{Path(command[0]).name} failed: {done.stderr.decode(errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _write_certificates(home: Path, data: Path) -> None:
    """A server's certificate that is its own authority, and an empty list of desks' authorities."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    content = made.public_bytes(serialization.Encoding.PEM)
    (home / "server-root.crt").write_bytes(content)
    (data / "server.crt").write_bytes(content)
    (data / "desks.crt").write_bytes(content)
    private = data / "server.key"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
