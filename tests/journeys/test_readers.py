"""Fingerprint readers from end to end: registered, enrolled with, verified with, at the command line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.station.assemble import assemble
from tests.command_line import PASSPHRASE, AtVault, mlid, new_vault
from tests.contracts.sbi_certificates import make_authority, make_device
from tests.contracts.sbi_service import SbiService, service_on_a_specified_port
from tests.contracts.virtual_reader import VirtualReader, finger, require_libfprint


@contextmanager
def hand_on(reader: VirtualReader, seed: int, impressions: range) -> Iterator[None]:
    """Touches the reader again and again while it is open."""
    stop = threading.Event()

    def touch() -> None:
        images = [finger(seed, number) for number in impressions]
        turn = 0
        while not stop.wait(0.1):
            try:
                reader.touch(images[turn % len(images)])
                turn += 1
            except OSError:
                reader.let_go()
        reader.let_go()

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        yield
    finally:
        stop.set()
        toucher.join()


def test_a_person_is_enrolled_and_verified_on_libfprints_virtual_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_libfprint()
    monkeypatch.setenv("MLID_MODELS", str(tmp_path / "no-models"))
    vault = new_vault(tmp_path / "vault", demo=True)
    reader = VirtualReader(tmp_path, patience_s=0.2)
    address = f"right-index=reader:0?virtual={reader.path}"
    with hand_on(reader, 7, range(3)):
        enrolled = vault.mlid(
            "enrol", "--number", "1", "--name", "Ada Low", "--consent", "accepted", "--finger", address
        )
    assert enrolled.code == 0, enrolled.err
    with hand_on(reader, 7, range(5, 8)):
        assert vault.mlid("verify", "--number", "1", "--finger", address).code == 0
    with hand_on(reader, 9, range(5, 8)):
        assert vault.mlid("verify", "--number", "1", "--finger", address).code == 1


@pytest.fixture
def service() -> Iterator[SbiService]:
    """On a port where stations look for services."""
    made = service_on_a_specified_port()
    yield made
    made.close()


def kind_of(vault: AtVault, address: str) -> SourceKind:
    """What the vault takes the source for."""
    station = assemble()
    session = station.unlock_vault(vault.folder, vault.operator, PASSPHRASE)
    try:
        return station.open_source(address, Modality.FINGERPRINT, session).kind
    finally:
        session.lock()


def test_a_device_service_is_live_once_its_makers_certificate_and_itself_are_registered(
    tmp_path: Path, service: SbiService
) -> None:
    vault, address = new_vault(tmp_path / "vault", demo=False), f"sbi:{service.port}/1"
    certificate = tmp_path / "maker.pem"
    certificate.write_bytes(make_authority().pem)
    listed = mlid("devices", "list", "--json").json["devices"]
    assert {"address": address, "name": "Maker One 123456789012"}.items() <= next(
        device.items() for device in listed if device["address"] == address
    )
    assert kind_of(vault, address) is SourceKind.RECORDED
    assert vault.mlid("devices", "register", address, *vault.with_second).code == 0
    assert kind_of(vault, address) is SourceKind.RECORDED
    assert vault.mlid("devices", "trust", certificate, "--json", *vault.with_second).json == {"trusted": 1}
    assert vault.mlid("devices", "trust", certificate, "--json", *vault.with_second).json == {"trusted": 1}
    assert kind_of(vault, address) is SourceKind.LIVE
    service.signer = make_authority().issue("Device B")  # another key under the same anchor, with A's name
    assert kind_of(vault, address) is SourceKind.RECORDED
    service.signer = make_device()
    assert kind_of(vault, address) is SourceKind.LIVE
    (kept,) = vault.mlid("devices", "certificates", "--json").json["certificates"]
    chain = vault.mlid("devices", "certificates", address, "--json").json["certificates"]
    assert [certificate["trusted"] for certificate in chain] == [
        certificate["sha256"] == kept["sha256"] for certificate in chain
    ]
    assert vault.mlid("devices", "distrust", "0000", *vault.with_second).code != 0
    assert vault.mlid("devices", "distrust", kept["sha256"][:12], *vault.with_second).code == 0
    assert kind_of(vault, address) is SourceKind.RECORDED


def test_what_is_no_certificate_is_not_trusted(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "vault", demo=False)
    assert vault.mlid("devices", "trust", tmp_path / "nowhere", *vault.with_second).code == 2
    (tmp_path / "notes.txt").write_text("no certificate")
    assert vault.mlid("devices", "trust", tmp_path / "notes.txt", *vault.with_second).code == 4
