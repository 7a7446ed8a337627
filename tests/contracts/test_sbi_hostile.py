"""Every way in which a device service can lie, break off, drip or flood."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlid_desktop.devices.sbi.signatures import TrustAnchors
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import FingerSample, Image, Sample
from tests.contracts.sbi_certificates import Holder, certificate, encode, make_authority, make_device, make_key
from tests.contracts.sbi_desk import SHORT, anchors, fault_of, reader, record_of
from tests.contracts.sbi_service import SbiService, error

DAY = timedelta(days=1)


def expired() -> Holder:
    return make_authority().issue("Expired", starts=-2 * DAY, ends=-DAY)


def not_yet() -> Holder:
    return make_authority().issue("Tomorrow's", starts=DAY, ends=2 * DAY)


def of_an_expired_provider() -> Holder:
    provider = make_authority().issue("Old provider", authority=True, starts=-2 * DAY, ends=-DAY)
    return provider.issue("New device")


def of_somebody_who_is_no_authority() -> Holder:
    return make_device().issue("Smuggled")


def with_a_borrowed_chain() -> Holder:
    stranger = make_authority("Elsewhere").issue("Stranger")
    return Holder(stranger.key, stranger.certificate, make_device().above)


def with_a_short_key() -> Holder:
    return make_authority().issue("Short", key=make_key("short", 1024))


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        (expired, "dates"),
        (not_yet, "dates"),
        (of_an_expired_provider, "dates"),
        (of_somebody_who_is_no_authority, "chain"),
        (with_a_borrowed_chain, "chain"),
        (with_a_short_key, "key"),
    ],
)
def test_a_chain_that_does_not_hold_is_refused(service: SbiService, signer: Callable[[], Holder], why: str) -> None:
    service.signer = signer()
    fault = fault_of(reader(service))
    assert (fault.code, fault.facts["why"]) == (Code.DEVICE_UNTRUSTED, why)


def forged(entry: dict[str, Any]) -> None:
    head, _, signature = entry["data"].split(".")
    entry["data"] = f"{head}.{encode(json.dumps({'bioValue': 'mine'}).encode())}.{signature}"


def signed_by_a_stranger(entry: dict[str, Any]) -> None:
    payload = json.loads(_payload(entry["data"]))
    entry["data"] = make_device("Elsewhere").sign(payload)


def without_signature(entry: dict[str, Any]) -> None:
    payload = json.loads(_payload(entry["data"]))
    entry["data"] = make_device().sign(payload, alg="none").rpartition(".")[0] + "."


def _payload(jws: str) -> bytes:
    import base64

    middle = jws.split(".")[1]
    return base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (forged, "signature"),
        (signed_by_a_stranger, "chain"),
        (without_signature, "algorithm"),
        (lambda entry: entry.update(hash="00" * 32), "hash"),
        (lambda entry: entry.update(error=error("103")), "SBI 103"),
        (lambda entry: entry.update(error=error("107")), "SBI 107"),
    ],
)
def test_an_answer_that_was_tampered_with_is_refused(
    service: SbiService, change: Callable[[dict[str, Any]], None], why: str
) -> None:
    service.change_entry = change
    fault = fault_of(reader(service))
    assert (fault.code, fault.facts["why"]) == (Code.DEVICE_UNTRUSTED, why)


def of_another_device(data: dict[str, Any]) -> None:
    identity = json.loads(_payload(data["digitalId"]))
    data["digitalId"] = make_device().sign({**identity, "serialNo": "999999999999"})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data.update(transactionId="another"), "transaction"),
        (lambda data: data.update(timestamp=(datetime.now(UTC) - DAY).isoformat()), "time"),
        (lambda data: data.update(timestamp=(datetime.now(UTC) + DAY).isoformat()), "time"),
        (lambda data: data.update(purpose="Auth"), "purpose"),
        (of_another_device, "device"),
        (
            lambda data: data.update(digitalId=make_device("Elsewhere").sign(json.loads(_payload(data["digitalId"])))),
            "chain",
        ),
    ],
)
def test_what_was_signed_for_something_else_is_refused(
    service: SbiService, change: Callable[[dict[str, Any]], None], why: str
) -> None:
    service.change_data = change
    fault = fault_of(reader(service))
    assert (fault.code, fault.facts["why"]) == (Code.DEVICE_UNTRUSTED, why)


def test_an_answer_played_again_is_refused(service: SbiService) -> None:
    kept: list[bytes] = []

    def replay(verb: str, body: bytes) -> list[bytes]:
        if verb != "RCAPTURE":
            return [body]
        kept.append(body)
        return [kept[0]]

    service.body, service.length = replay, None
    source = reader(service)
    items = source.samples()
    assert isinstance(next(item for item in items if isinstance(item, Sample)), FingerSample)
    with pytest.raises(DeviceError) as fault:
        list(items)
    assert fault.value.facts["why"] == "transaction"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"null",
        b"[]",
        b"7",
        b'{"biometrics": []}',
        b'{"biometrics": [null]}',
        b'{"biometrics": [{"data": 7}]}',
        b'{"biometrics": [{"data": "a.b"}]}',
        b'{"biometrics": [{"data": "a.b.c"}]}',
        b'{"biometrics": [{"data": "e30.e30.e30"}]}',
        b'{"biometrics": [{"data": "\xc3\xa9.e30.e30"}]}',
        b"\xff\xfe\x00",
        b'{"biometrics": {"0": 1}}',
        json.dumps({"biometrics": [{}] * 1000}).encode(),
    ],
)
def test_an_answer_that_is_none_is_a_typed_fault(service: SbiService, content: bytes) -> None:
    service.body, service.length = lambda verb, body: [content] if verb == "RCAPTURE" else [body], None
    assert fault_of(reader(service)).code in {Code.DEVICE_BAD_ANSWER, Code.DEVICE_UNTRUSTED}


@pytest.mark.parametrize("x5c", [None, [], [7], ["####"], ["AAAA"], ["AAAA"] * 50, "", {"0": 1}])
def test_a_header_without_certificates_is_a_typed_fault(service: SbiService, x5c: Any) -> None:
    service.change_entry = lambda entry: entry.update(data=make_device().sign({}, x5c=x5c))
    assert fault_of(reader(service)).code is Code.DEVICE_BAD_ANSWER


@pytest.mark.parametrize("value", [7, "****", "A", "\u00e9"])
def test_a_value_that_is_no_base64_is_a_typed_fault(service: SbiService, value: Any) -> None:
    service.change_data = lambda data: data.update(bioValue=value)
    assert fault_of(reader(service)).code in {Code.DEVICE_BAD_ANSWER, Code.DEVICE_UNTRUSTED}


@pytest.mark.parametrize("length", [0, 3, 1000])
def test_a_record_that_breaks_off_is_a_typed_fault(service: SbiService, image: Image, length: int) -> None:
    service.record = record_of(image)[:length]
    fault = fault_of(reader(service))
    assert (fault.code, fault.facts["what"]) == (Code.DEVICE_BAD_ANSWER, "record")


def test_another_finger_than_the_one_that_was_asked_for_is_refused(service: SbiService) -> None:
    service.change_data = lambda data: data.update(bioSubType="Left Nose")
    assert fault_of(reader(service, position=FingerPosition.RIGHT_INDEX)).code is Code.DEVICE_BAD_ANSWER


def test_a_device_that_signs_for_another_finger_again_and_again_is_at_fault(service: SbiService) -> None:
    service.change_data = lambda data: data.update(bioSubType="Left Thumb")
    assert fault_of(reader(service, position=FingerPosition.RIGHT_INDEX)).facts["what"] == "bioSubType"


@pytest.mark.parametrize("length", [None, 1 << 32])
def test_an_endless_answer_is_cut_off(service: SbiService, length: int | None) -> None:
    service.length = length
    service.body = lambda _verb, body: itertools.chain([body], itertools.repeat(b" " * 65536))
    assert fault_of(reader(service)).code is Code.DEVICE_BAD_ANSWER


@pytest.mark.parametrize("verb", ["MOSIPDINFO", "RCAPTURE"])
def test_a_service_that_drips_or_hangs_is_noticed(service: SbiService, verb: str) -> None:
    def drip(asked: str, body: bytes) -> Iterator[bytes]:
        for offset in range(len(body)):
            if asked == verb and not service.pause(0.05):
                return
            yield body[offset : offset + 1]

    service.body = drip
    assert fault_of(reader(service, patience=SHORT[verb])).code is Code.DEVICE_STALLED


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_another_status_is_refused_and_no_redirect_followed(service: SbiService, status: int) -> None:
    service.status = status
    assert fault_of(reader(service)).code is Code.DEVICE_BAD_ANSWER
    assert [verb for verb, _ in service.requests] == ["MOSIPDINFO"]


@pytest.mark.parametrize("content", [b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_that_holds_no_certificates_is_no_anchor(content: bytes) -> None:
    with pytest.raises(DeviceError) as fault:
        TrustAnchors.read(content)
    assert fault.value.code is Code.DEVICE_BAD_MEDIA


def test_a_weak_certificate_is_no_anchor() -> None:
    key = make_key("weak", 1024)
    subject = make_authority().certificate.subject
    weak = Holder(key, certificate("Weak", key, subject, key, authority=True))
    with pytest.raises(DeviceError):
        anchors(weak)
