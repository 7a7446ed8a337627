"""Where a register is, and that nothing goes to another machine without TLS that is verified."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register.settings import connection_parameters, is_on_this_machine

HERE = ("", "localhost", "127.0.0.1", "127.9.9.9", "::1", "/run/postgresql", "@socket", "localhost,127.0.0.1")
ELSEWHERE = ("db.example.org", "10.0.0.5", "localhost.example.org", "0.0.0.0", "127.0.0.1,db.example.org", "::2")


@pytest.mark.parametrize("host", HERE)
def test_what_stays_on_this_machine_is_connected_as_it_was_asked(host: str) -> None:
    found = connection_parameters({"host": host, "sslmode": "disable"}, {}, {}, Path("nowhere"))
    assert found["sslmode"] == "disable"


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_server_elsewhere_is_verified(host: str) -> None:
    assert connection_parameters({"host": host}, {}, {}, Path("nowhere"))["sslmode"] == "verify-full"


@given(
    host=st.sampled_from(ELSEWHERE),
    mode=st.sampled_from(["disable", "allow", "prefer", "require", "verify-ca", "none", ""]),
    said_by=st.sampled_from(["given", "environment"]),
)
def test_nothing_weaker_reaches_another_machine(host: str, mode: str, said_by: str) -> None:
    asked = {"host": host, **({"sslmode": mode} if said_by == "given" else {})}
    environment = {"PGSSLMODE": mode} if said_by == "environment" else {}
    if mode:
        with pytest.raises(RegisterError, match=Code.REGISTER_UNVERIFIED.value):
            connection_parameters(asked, {}, environment, Path("nowhere"))
    else:
        assert connection_parameters(asked, {}, environment, Path("nowhere"))["sslmode"] == "verify-full"


def test_the_host_of_the_environment_counts(tmp_path: Path) -> None:
    defaults = {"host": "db.example.org"}  # as libpq reads PGHOST
    assert connection_parameters({"dbname": "x"}, defaults, {}, tmp_path)["sslmode"] == "verify-full"
    assert not is_on_this_machine({"host": "localhost", "hostaddr": "10.0.0.5"})


@pytest.mark.parametrize(
    ("hosts", "addresses"),
    [
        ("db.example.org,localhost", ",127.0.0.1"),
        ("localhost,db.example.org", "127.0.0.1,"),
        ("x", "127.0.0.1,10.0.0.5"),
    ],
)
def test_an_address_stands_for_the_name_beside_it_alone(hosts: str, addresses: str) -> None:
    asked = {"host": hosts, "hostaddr": addresses, "sslmode": "disable"}
    with pytest.raises(RegisterError, match=Code.REGISTER_UNVERIFIED.value):
        connection_parameters(asked, {}, {}, Path("nowhere"))


def test_the_encoding_is_ours_and_a_connection_is_for_rows() -> None:
    found = connection_parameters({"client_encoding": "LATIN1", "replication": "database"}, {}, {}, Path("nowhere"))
    assert found["client_encoding"] == "UTF8"
    assert "replication" not in found


SERVICE = "[mlid]\nhost=db.example.org\nport=6543\n"
READ_ALL_THE_SAME = {
    "described twice": SERVICE + "[mlid]\nhost=other.example.org\n",
    "a parameter given twice": SERVICE + "host=other.example.org\n",
    "others described twice": "[a]\nhost=x\n[a]\nhost=y\n" + SERVICE,
    "what is none before it": "; written by hand\nand more\n" + SERVICE,
    "what is none in another": "[a]\nno parameter at all\n" + SERVICE,
    "as another system ends lines": SERVICE.replace("\n", "\r\n"),
    "as an editor marks it": "\ufeff" + SERVICE,
    "a section for all others of some programs": "[DEFAULT]\nuser=somebody\n" + SERVICE,
    "a sign that is no comment": SERVICE + "application_name=a#b;c%d\n",
}


@pytest.mark.parametrize("content", READ_ALL_THE_SAME.values(), ids=READ_ALL_THE_SAME)
def test_a_service_file_is_read_as_libpq_reads_it(tmp_path: Path, content: str) -> None:
    (tmp_path / ".pg_service.conf").write_text(content, encoding="utf-8", newline="")
    found = connection_parameters({"service": "mlid"}, {}, {}, tmp_path)
    assert (found["host"], found["port"]) == ("db.example.org", "6543")
    assert "user" not in found


def test_a_service_file_in_another_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_bytes("# für alle\n".encode("latin-1") + SERVICE.encode())
    assert connection_parameters({"service": "mlid"}, {}, {}, tmp_path)["port"] == "6543"


@pytest.mark.parametrize(("line", "what"), [("no parameter", "no parameter"), ("service=other", "service")])
def test_a_line_of_a_service_that_says_nothing_is_named(tmp_path: Path, line: str, what: str) -> None:
    (tmp_path / ".pg_service.conf").write_text(f"{SERVICE}{line}\n", encoding="utf-8")
    with pytest.raises(RegisterError) as raised:
        connection_parameters({"service": "mlid"}, {}, {}, tmp_path)
    assert (raised.value.code, raised.value.facts["what"]) == (Code.REGISTER_SETTINGS, what)


def test_a_service_is_read_from_the_persons_file(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[mlid]\nhost=db.example.org\nport=6543\n", encoding="utf-8")
    found = connection_parameters({"service": "mlid", "port": "1"}, {}, {}, tmp_path)
    assert (found["host"], found["port"], found["sslmode"]) == ("db.example.org", "1", "verify-full")
    assert "service" not in found
    by_variable = connection_parameters({}, {}, {"PGSERVICE": "mlid"}, tmp_path)
    assert by_variable["host"] == "db.example.org"


def test_a_desk_alone_loads_no_driver() -> None:
    """Not where the station is assembled, nor with the commands of registers themselves."""
    script = (
        "import sys, mlid_desktop.station.assemble, mlid_desktop.cli.register;"
        "print(*(name for name in sys.modules if name.startswith(('psycopg', 'cryptography.x509'))))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_a_service_that_nobody_describes_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterError) as raised:
        connection_parameters({"service": "gone"}, {}, {}, tmp_path)
    assert raised.value.code is Code.REGISTER_NO_SERVICE


def test_a_service_cannot_weaken_it(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[mlid]\nhost=db.example.org\nsslmode=require\n", encoding="utf-8")
    with pytest.raises(RegisterError) as raised:
        connection_parameters({"service": "mlid"}, {}, {}, tmp_path)
    assert raised.value.code is Code.REGISTER_UNVERIFIED
