"""A device of a service is its certificate: what any other key under the same anchor signs is not that device's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mlid_desktop.domain.errors import Code
from tests.contracts.sbi_certificates import Holder, make_authority
from tests.contracts.sbi_desk import anchors, fault_of, reader
from tests.contracts.sbi_service import SbiService


def other_devices() -> Iterator[Holder]:
    """Keys that the same anchor vouches for, and that are not this device's: another device's, the maker's own, one
    renewed, one issued for the same name."""
    authority = make_authority()
    yield authority.issue("Another device")
    yield authority.issue("Device")
    yield authority
    provider = authority.issue("Provider", authority=True)
    yield provider.issue("Device of a provider")


@pytest.mark.parametrize("copied", ["capture", "identity in the capture", "both", "information", "identity"])
@pytest.mark.parametrize("number", range(4))
def test_what_another_device_under_the_same_anchor_signed_is_not_this_devices(
    service: SbiService, monkeypatch: pytest.MonkeyPatch, copied: str, number: int
) -> None:
    """Whatever it says to be: the identity is copied letter by letter."""
    other = list(other_devices())[number]
    if copied == "information":
        fields = {**service.information, "digitalId": service.signer.sign(service.identity)}
        monkeypatch.setattr(service, "info", lambda: [{"deviceInfo": other.sign(fields), "error": {}}])
    elif copied == "identity":
        fields = {**service.information, "digitalId": other.sign(service.identity)}
        monkeypatch.setattr(service, "info", lambda: [{"deviceInfo": service.signer.sign(fields), "error": {}}])
    held: list[dict[str, Any]] = []

    def keep(data: dict[str, Any]) -> None:
        if copied in {"identity in the capture", "both"}:
            data["digitalId"] = other.sign(service.identity)
        held.append(dict(data))

    def signed_by_another(entry: dict[str, Any]) -> None:
        if copied in {"capture", "both"}:
            entry["data"] = other.sign(held[-1])

    service.change_data, service.change_entry = keep, signed_by_another
    fault = fault_of(reader(service, anchors(make_authority())))
    assert (fault.code, fault.facts.get("why")) == (Code.DEVICE_UNTRUSTED, "certificate")


def test_a_device_that_changes_its_certificate_while_it_is_open_is_another(service: SbiService) -> None:
    source = reader(service, anchors(make_authority()))
    known = source.device()
    assert source.identity.pin == known.signer
    service.signer = make_authority().issue("Device")
    fault = fault_of(source)
    assert (fault.code, fault.facts.get("why")) == (Code.DEVICE_UNTRUSTED, "certificate")
