"""Device services under the contract of every source, and every way in which one can lie."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.sbi import SbiPatience, SbiReader
from mlid_desktop.devices.sbi_discovery import find_devices
from mlid_desktop.devices.sbi_messages import FIRST_HASH
from mlid_desktop.devices.sbi_trust import TrustAnchors
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, Image, Sample, SourceItem
from tests.contracts.mjpeg_server import closed_port
from tests.contracts.sbi_certificates import Holder, certificate, encode, make_authority, make_device, make_key
from tests.contracts.sbi_service import SbiService, error
from tests.contracts.source_contract import SourceContract
from tests.contracts.virtual_reader import finger

SHORT = SbiPatience(information=1.0, finger=0.5, answering=0.5, between_tries=0.01, return_first=0.02, return_most=0.05)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def image() -> Image:
    return finger()


@pytest.fixture
def service(image: Image) -> Iterator[SbiService]:
    one = SbiService()
    one.record = record_of(image)
    yield one
    one.close()


def record_of(image: Image) -> bytes:
    height, width = image.shape
    return b"".join((width.to_bytes(2, "big"), height.to_bytes(2, "big"), image.tobytes()))


def read_record(untrusted: bytes) -> tuple[Image, float]:
    """Stands in for ISO/IEC 19794-4."""
    width, height = int.from_bytes(untrusted[:2], "big"), int.from_bytes(untrusted[2:4], "big")
    if len(untrusted) != 4 + width * height or not width * height:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    return np.frombuffer(untrusted, np.uint8, offset=4).reshape(height, width), 500.0


def anchors(*holders: Holder) -> TrustAnchors:
    return TrustAnchors.read(b"".join(one.pem for one in holders or (make_authority(),)))


def reader(service: SbiService, trust: TrustAnchors | None = None, **options: Any) -> SbiReader:
    return SbiReader(
        service.port, anchors=anchors() if trust is None else trust, read=read_record, patience=SHORT, **options
    )


def first_sample(source: SbiReader) -> FingerSample:
    items = source.samples()
    try:
        return next(item for item in items if isinstance(item, FingerSample))
    finally:
        source.close()
        list(items)


def fault_of(source: SbiReader) -> DeviceError:
    with pytest.raises(DeviceError) as fault:
        list(islice(source.samples(), 100))
    return fault.value


class TestSbiReader(SourceContract):
    kind = SourceKind.LIVE
    made_of = FingerSample
    wanted = 8

    @pytest.fixture
    def make(self, service: SbiService) -> Callable[[], Source]:
        return lambda: reader(service)

    @pytest.fixture
    def absent(self) -> Source:
        return SbiReader(closed_port(), read=read_record, patience=SHORT)


def test_an_image_arrives_as_it_was_signed(service: SbiService, image: Image) -> None:
    sample = first_sample(reader(service))
    assert np.array_equal(sample.image, image)
    assert sample.provenance.kind is SourceKind.LIVE
    assert sample.provenance.device.key == "PROVIDER:Maker:One:123456789012"


def test_the_request_is_what_the_specification_asks_for(service: SbiService) -> None:
    items = reader(service, position=FingerPosition.RIGHT_INDEX).samples()
    samples = list(islice((item for item in items if isinstance(item, Sample)), 2))
    first, second = [fields for verb, fields in service.requests if verb == "RCAPTURE"][:2]
    assert len(samples) == 2
    assert first["purpose"] == "Registration"
    assert first["bio"][0]["bioSubType"] == ["Right IndexFinger"]
    assert first["bio"][0]["previousHash"] == FIRST_HASH
    assert first["transactionId"] != second["transactionId"]
    assert second["bio"][0]["previousHash"] != FIRST_HASH


def test_no_finger_is_a_hint_and_no_fault(service: SbiService, image: Image) -> None:
    service.record = None
    source = reader(service)
    items = source.samples()
    notice = next(item for item in items if isinstance(item, DeviceNotice) and item.event is DeviceEvent.TRY_AGAIN)
    service.record = record_of(image)
    assert notice.hint is Hint.PLACE_FINGER
    assert isinstance(next(item for item in items if isinstance(item, Sample)), FingerSample)
    source.close()


def test_the_preview_is_shown_and_is_no_sample(service: SbiService) -> None:
    service.pictures = [cv2.imencode(".jpg", np.full((48, 64), level, np.uint8))[1].tobytes() for level in (40, 200)]
    service.waits_for_a_finger.clear()
    source = reader(service)
    items = source.samples()
    previews = [item for item in islice(items, 4) if isinstance(item, DeviceNotice) and item.picture is not None]
    service.waits_for_a_finger.set()
    source.close()
    list(items)
    assert previews
    assert {one.picture.shape for one in previews if one.picture is not None} == {(48, 64)}


def test_without_an_anchor_a_signed_answer_counts_as_recorded(service: SbiService) -> None:
    assert first_sample(reader(service, TrustAnchors())).provenance.kind is SourceKind.RECORDED


def test_of_another_authority_it_counts_as_recorded(service: SbiService) -> None:
    assert first_sample(reader(service, anchors(make_authority("Elsewhere")))).provenance.kind is SourceKind.RECORDED


@pytest.mark.parametrize("above", [0, 1, 2])
def test_the_device_its_provider_or_the_authority_can_be_the_anchor(service: SbiService, above: int) -> None:
    device = make_device()
    pinned = (device.certificate, *device.above)[above]
    assert reader(service, TrustAnchors((pinned,))).kind is SourceKind.LIVE


def test_a_device_that_sends_its_own_certificate_alone_is_known_by_its_provider(service: SbiService) -> None:
    device = make_device()
    service.signer = Holder(device.key, device.certificate)
    assert reader(service, TrustAnchors(device.above[:1])).kind is SourceKind.LIVE


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
    service.change_data = lambda data: data.update(bioSubType="Left Thumb")
    assert fault_of(reader(service, position=FingerPosition.RIGHT_INDEX)).code is Code.DEVICE_BAD_ANSWER


@pytest.mark.parametrize("length", [None, 1 << 32])
def test_an_endless_answer_is_cut_off(service: SbiService, length: int | None) -> None:
    service.length = length
    service.body = lambda _verb, body: itertools.chain([body], itertools.repeat(b" " * 65536))
    assert fault_of(reader(service)).code is Code.DEVICE_BAD_ANSWER


@pytest.mark.parametrize("verb", ["MOSIPDINFO", "RCAPTURE"])
def test_a_service_that_drips_or_hangs_is_noticed(service: SbiService, verb: str) -> None:
    def drip(asked: str, body: bytes) -> Iterator[bytes]:
        for place in range(len(body)):
            if asked == verb and not service.pause(0.05):
                return
            yield body[place : place + 1]

    service.body = drip
    assert fault_of(reader(service)).code is Code.DEVICE_STALLED


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_another_status_is_refused_and_no_redirect_followed(service: SbiService, status: int) -> None:
    service.status = status
    assert fault_of(reader(service)).code is Code.DEVICE_BAD_ANSWER
    assert [verb for verb, _ in service.requests] == ["MOSIPDINFO"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("100", Code.DEVICE_NOT_READY),
        ("106", Code.DEVICE_NOT_FOUND),
        ("109", Code.DEVICE_NOT_ALLOWED),
        ("110", Code.DEVICE_NOT_READY),
        ("111", Code.DEVICE_BUSY),
        ("555", Code.DEVICE_FAILED),
    ],
)
def test_the_specifications_errors_are_told_apart(service: SbiService, number: str, code: Code) -> None:
    service.change_entry = lambda entry: entry.update(error=error(number))
    items = reader(service).samples()
    if code is Code.DEVICE_NOT_FOUND:
        _event(items, DeviceEvent.LOST)
        return
    with pytest.raises(DeviceError) as fault:
        list(items)
    assert fault.value.code is code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"deviceStatus": "Busy"}, Code.DEVICE_BUSY),
        ({"deviceStatus": "Not Ready"}, Code.DEVICE_NOT_READY),
        ({"deviceStatus": "Not Registered"}, Code.DEVICE_NOT_READY),
        ({"purpose": "Auth"}, Code.DEVICE_NOT_ALLOWED),
    ],
)
def test_a_device_that_is_not_ready_says_so(service: SbiService, fields: dict[str, str], code: Code) -> None:
    service.information.update(fields)
    assert fault_of(reader(service)).code is code


def test_a_service_that_dies_in_the_middle_is_waited_for(service: SbiService, image: Image) -> None:
    service.body = lambda verb, body: [body[: len(body) // 2]] if verb == "RCAPTURE" else [body]
    source = reader(service)
    items: Iterator[SourceItem] = source.samples()
    _event(items, DeviceEvent.LOST)
    service.body = lambda _verb, body: [body]
    _event(items, DeviceEvent.BACK)
    assert np.array_equal(next(item for item in items if isinstance(item, FingerSample)).image, image)
    source.close()


def test_a_service_that_is_started_anew_on_its_port_goes_on(image: Image) -> None:
    first = SbiService()
    first.record = record_of(image)
    source = reader(first)
    items = source.samples()
    next(item for item in items if isinstance(item, FingerSample))
    first.close()
    _event(items, DeviceEvent.LOST)
    second = SbiService(first.port)
    second.record = record_of(image)
    _event(items, DeviceEvent.BACK)
    assert next(item for item in items if isinstance(item, FingerSample)).sequence > 0
    source.close()
    second.close()


def test_it_closes_while_the_service_waits_for_a_finger(service: SbiService) -> None:
    service.waits_for_a_finger.clear()
    source = reader(service)
    items = source.samples()
    next(items)
    threading.Timer(0.1, source.close).start()
    assert not [item for item in items if isinstance(item, Sample)]


def test_devices_are_found_by_their_services(service: SbiService) -> None:
    ((port, device),) = find_devices([service.port, closed_port()])
    assert port == service.port
    assert device.name == "Maker One 123456789012"
    assert device.key == reader(service).identity.key


def test_a_service_that_answers_nonsense_is_passed_over(service: SbiService) -> None:
    service.body, service.length = lambda *_: [b"nonsense"], None
    assert find_devices([service.port]) == ()


def test_devices_that_are_no_fingerprint_readers_are_passed_over(service: SbiService) -> None:
    service.identity["type"] = "Iris"
    assert find_devices([service.port]) == ()
    assert fault_of(reader(service)).code is Code.DEVICE_NOT_FOUND


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


def _event(items: Iterator[SourceItem], wanted: DeviceEvent) -> DeviceNotice:
    return next(item for item in items if isinstance(item, DeviceNotice) and item.event is wanted)
