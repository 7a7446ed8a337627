"""Motion JPEG over TLS: a camera is believed only where its certificate proves who answers."""

from __future__ import annotations

import base64
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mlid_desktop.devices.camera.network import NetworkCamera
from mlid_desktop.devices.catalog import parse_address
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FrameSample
from tests.contracts.mjpeg_server import MjpegServer, closed_port
from tests.contracts.pictures import number_of
from tests.contracts.source_contract import SourceContract

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Signs certificates of cameras, for this run of the tests alone."""

    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    def server(self, folder: Path, address: str = "127.0.0.1", ends: timedelta = DAY) -> ssl.SSLContext:
        """What a camera at this address shows to those who ask who it is."""
        key = ec.generate_private_key(ec.SECP256R1())
        holder = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
        named = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        certificate = built(holder, self.name, key, ends).add_extension(named, critical=False)
        file = folder / "camera.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def built(
    holder: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, ends: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(holder).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(1000).not_valid_before(now - 2 * DAY).not_valid_after(now + ends)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this system trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site")])
    extension = x509.BasicConstraints(ca=True, path_length=None)
    own = built(name, name, key, DAY).add_extension(extension, critical=True).sign(key, hashes.SHA256())
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(anchors))
    return Authority(key, name)


@pytest.fixture
def server(authority: Authority, tmp_path: Path) -> Iterator[MjpegServer]:
    with closing(MjpegServer(authority.server(tmp_path))) as camera:
        yield camera


def watching(address: str) -> NetworkCamera:
    return NetworkCamera(parse_address(address), 2000, 700)


def refusal(address: str) -> Code:
    with pytest.raises(DeviceError) as fault:
        next(watching(address).samples())
    return fault.value.code


class TestTlsCamera(SourceContract):
    kind = SourceKind.RECORDED

    @pytest.fixture
    def make(self, server: MjpegServer) -> Callable[[], Source]:
        return lambda: watching(server.address)

    @pytest.fixture
    def absent(self) -> Source:
        return watching(f"https://127.0.0.1:{closed_port()}/mjpeg")


@pytest.mark.parametrize("lengths", [True, False])
def test_every_picture_is_seen_whether_or_not_lengths_are_told(
    authority: Authority, tmp_path: Path, lengths: bool
) -> None:
    with closing(MjpegServer(authority.server(tmp_path), lengths=lengths)) as camera:
        source = watching(camera.address)
        numbers = [
            number_of(sample.image) for sample in islice(source.samples(), 12) if isinstance(sample, FrameSample)
        ]
        source.close()
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 12


def test_a_certificate_of_an_unknown_authority_is_refused(
    server: MjpegServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none.pem").write_bytes(b"")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert refusal(server.address) is Code.DEVICE_UNTRUSTED
    assert server.viewers == 0


def test_a_certificate_of_another_machine_is_refused(authority: Authority, tmp_path: Path) -> None:
    with closing(MjpegServer(authority.server(tmp_path, "127.0.0.2"))) as camera:
        assert refusal(camera.address) is Code.DEVICE_UNTRUSTED


def test_an_expired_certificate_is_refused(authority: Authority, tmp_path: Path) -> None:
    with closing(MjpegServer(authority.server(tmp_path, ends=-DAY))) as camera:
        assert refusal(camera.address) is Code.DEVICE_UNTRUSTED


def test_the_password_of_the_address_is_sent_and_a_wrong_one_is_denied(authority: Authority, tmp_path: Path) -> None:
    wanted = "Basic " + base64.b64encode(b"clerk:a b").decode()
    with closing(MjpegServer(authority.server(tmp_path), password=wanted)) as camera:
        rest = camera.address.removeprefix("https://")
        source = watching(f"https://clerk:a%20b@{rest}")
        assert isinstance(next(source.samples()), FrameSample)
        source.close()
        assert refusal(f"https://clerk:wrong@{rest}") is Code.DEVICE_DENIED


def test_an_encrypted_stream_whose_camera_cannot_be_checked_is_refused() -> None:
    assert refusal(f"rtsps://127.0.0.1:{closed_port()}/live") is Code.DEVICE_UNTRUSTED
