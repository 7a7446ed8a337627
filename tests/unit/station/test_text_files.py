"""Text files as editors on Windows save them: a byte order mark, UTF-16, carriage returns. Every reader takes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from mlid_desktop.cli.options import first_line
from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.policy import read_policy
from mlid_desktop.devices.sbi.signatures import TrustAnchors
from mlid_desktop.domain.text import unicode_text
from mlid_desktop.evaluation.datasets import read_lines
from mlid_desktop.station.administration.trust_anchors import _plain
from mlid_desktop.station.configuration.managed import read_managed
from mlid_desktop.station.text.consent_texts import read_text
from mlid_desktop.vault.subjects.erasure_ledger import ledger_bytes, read_ledger
from tests.makers import ROOT

RESOURCES = ROOT / "resources"
SAVED: dict[str, Callable[[str], bytes]] = {
    "with a mark": lambda text: text.encode("utf-8-sig"),
    "as UTF-16": lambda text: text.encode("utf-16"),
    "as UTF-16, the other order": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "with carriage returns": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
}


@pytest.fixture(params=SAVED)
def saved(request: pytest.FixtureRequest) -> Callable[[str], bytes]:
    """How an editor saves a text."""
    return SAVED[request.param]


def first_of(folder: str) -> str:
    """A text that is shipped."""
    return min((RESOURCES / folder).glob("*.toml")).read_text(encoding="utf-8")


def test_what_governs_the_desk_is_read(saved: Callable[[str], bytes], tmp_path: Path) -> None:
    assert read_policy(saved(first_of("policy"))).name
    assert read_calibration(saved(first_of("calibration"))).people
    assert read_text(saved(first_of("consent")))[1].version
    (tmp_path / "managed.toml").write_bytes(saved('[settings]\npolicy = "strict"\n'))
    assert read_managed(tmp_path / "managed.toml").policy == "strict"


def test_lists_ledgers_passphrases_and_certificates_are_read(saved: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes(saved("Ann\nBahar\n"))
    assert read_lines(tmp_path / "names.txt") == ["Ann", "Bahar"]
    assert first_line(saved("größe 12 ﺷ\nmore\n")) == "größe 12 ﺷ"
    assert read_ledger(saved(ledger_bytes([]).decode())) == ()
    assert json.loads(unicode_text(saved('{"a": 1}\n'))) == {"a": 1}
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "reader")])
    moments = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *moments)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )
    assert len(TrustAnchors.read(_plain(saved(made)))) == 1


def test_other_encodings_are_not_guessed_at() -> None:
    with pytest.raises(UnicodeDecodeError):
        unicode_text("größe".encode("cp1252"))
