"""A report for support names nobody: names and whatever looks like an address, a path, a number or a serial."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.station.diagnosis.masking import Masking, names_of_this_machine

NAMES = {
    "/srv/people/amina.clerk": "<home>",
    "/srv/people/amina.clerk/vaults": "<vaults>",
    "amina.clerk": "<user>",
    "desk-ward-7": "<host>",
}
MASK = Masking(NAMES)


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("in /srv/people/amina.clerk/vaults/ward", "in <vaults><path>"),
        ("AMINA.CLERK on Desk-Ward-7", "<user> on <host>"),
        ("rtsp://user:secret@10.0.0.4:554/1", "<address>"),
        ("reached 192.168.3.17", "reached <network address>"),
        ("reached fe80::1ff:fe23:4567:890a", "reached <network address>"),
        ("card 00:1a:2b:3c:4d:5e", "card <hardware address>"),
        ("reader U.are.U 0123456789ABCDEF", "reader U.are.U <identifier>"),
        ("reader SN A7X99B1230", "reader SN <serial>"),
        ("vault 7d444840-9dc0-11d1-b245-5ffdce74fad2", "vault <identifier>"),
        ("called by +44 20 7946 0958", "called by <number>"),
        ("write to help@clinic.example", "write to <mail>"),
        (r"C:\\Users\\amina\\x.log", "<path>"),
        (r"\\ward-server\records\amina\x.log", "<path>"),
        (r"C:\Users\Amina Clerk\AppData\x.log is busy", "<path> is busy"),
        ("/mnt/Amina Clerk/ward 7/x.log is busy", "<path> is busy"),
        ("reached fe80::1%eth0", "reached <network address>"),
        ("/dev/video0 is busy", "<path> is busy"),
    ],
)
def test_what_tells_of_somebody_is_replaced(said: str, masked: str) -> None:
    assert MASK(said) == masked


@pytest.mark.parametrize(
    "said",
    [
        "28\u00a0Nov\u00a02026, 12:36, time zone UTC+0000",
        "Linux 6.18.44 x86_64, Python 3.11.7",
        "at 14:31:22",
        "this and/or that, and / or nothing",
        "Free where the vaults are: 81.3 GB",
        "DEVICE_NOT_ALLOWED: This source cannot be used for this.",
        "Processors: 2",
    ],
)
def test_what_support_needs_stays(said: str) -> None:
    assert MASK(said) == said


@given(st.sampled_from(sorted(NAMES)), st.text(" .,:;()\n", min_size=1), st.text(" .,:;()\n", min_size=1))
def test_a_name_is_found_whatever_stands_around_it(name: str, before: str, after: str) -> None:
    assert name.casefold() not in MASK(f"{before}{name.upper()}{after}").casefold()


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    assert MASK(MASK(text)) == MASK(text)


def test_the_machine_gives_its_own_names() -> None:
    marks = set(names_of_this_machine(Path("/srv/vaults")).values())
    assert {"<vaults>", "<home>"} <= marks


def test_a_host_is_masked_with_its_domain_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "desk-ward-7.clinic.example")
    mask = Masking(names_of_this_machine(Path("/srv/vaults")))
    assert mask("desk-ward-7.clinic.example is desk-ward-7") == "<host> is <host>"
