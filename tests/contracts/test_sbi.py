"""Device services under the contract of every source."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from itertools import islice

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.sbi.discovery import find_devices
from mlid_desktop.devices.sbi.reader import SbiReader
from mlid_desktop.devices.sbi.requests import FIRST_HASH
from mlid_desktop.devices.sbi.signatures import TrustAnchors
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, Image, Sample, SourceItem
from tests.contracts.mjpeg_server import closed_port
from tests.contracts.sbi_certificates import Holder, encode, make_authority, make_device
from tests.contracts.sbi_desk import AT_ONCE, anchors, event, fault_of, first_sample, read_record, reader, record_of
from tests.contracts.sbi_service import SbiService, error
from tests.contracts.source_contract import SourceContract


class TestSbiReader(SourceContract):
    kind = SourceKind.LIVE
    made_of = FingerSample
    wanted = 8

    @pytest.fixture
    def make(self, service: SbiService) -> Callable[[], Source]:
        return lambda: reader(service)

    @pytest.fixture
    def absent(self) -> Source:
        return SbiReader(closed_port(), read=read_record, patience=AT_ONCE)


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


def test_another_finger_than_asked_is_said_and_the_right_one_is_taken_after_it(service: SbiService) -> None:
    service.change_data = lambda data: data.update(bioSubType="Left Thumb")
    source = reader(service, position=FingerPosition.RIGHT_INDEX)
    items = source.samples()
    assert event(items, DeviceEvent.WRONG_FINGER).given is FingerPosition.LEFT_THUMB
    service.change_data = lambda _: None
    sample = next(item for item in items if isinstance(item, FingerSample))
    source.close()
    list(items)
    assert sample.sequence == 0  # nothing of the other finger was delivered
    asked = [fields["bio"][0]["bioSubType"] for verb, fields in service.requests if verb == "RCAPTURE"]
    assert set(map(tuple, asked)) == {("Right IndexFinger",)}


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
    assert {preview.picture.shape for preview in previews if preview.picture is not None} == {(48, 64)}


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


def test_a_device_that_its_maker_has_not_registered_is_not_ready(service: SbiService) -> None:
    identity = encode(json.dumps(service.identity).encode())
    plain = encode(json.dumps({**service.information, "digitalId": identity}).encode())
    content = json.dumps([{"deviceInfo": plain, "error": error("100")}]).encode()
    service.body, service.length = lambda *_: [content], None
    assert reader(service).kind is SourceKind.RECORDED
    assert fault_of(reader(service)).code is Code.DEVICE_NOT_READY


def test_a_service_without_a_device_says_so(service: SbiService) -> None:
    service.body, service.length = lambda *_: [json.dumps([{"deviceInfo": "", "error": error("106")}]).encode()], None
    assert fault_of(reader(service)).code is Code.DEVICE_NOT_FOUND


def test_another_devices_fault_does_not_concern_the_reader(service: SbiService) -> None:
    def beside_a_broken_one(verb: str, body: bytes) -> list[bytes]:
        return [json.dumps([{"deviceInfo": "a.b.c"}, *json.loads(body)]).encode()] if verb == "MOSIPDINFO" else [body]

    service.body, service.length = beside_a_broken_one, None
    assert first_sample(reader(service)).provenance.kind is SourceKind.LIVE


def test_it_closes_while_the_service_is_asked_what_it_has(service: SbiService) -> None:
    source = reader(service)
    assert source.kind is SourceKind.LIVE
    service.body = lambda _verb, body: (part for part in (body[:1], body[1:]) if service.pause(0.5))
    threading.Timer(0.1, source.close).start()
    assert list(source.samples()) == []


def test_a_service_that_dies_in_the_middle_is_waited_for(service: SbiService, image: Image) -> None:
    service.body = lambda verb, body: [body[: len(body) // 2]] if verb == "RCAPTURE" else [body]
    source = reader(service)
    items: Iterator[SourceItem] = source.samples()
    event(items, DeviceEvent.LOST)
    service.body = lambda _verb, body: [body]
    event(items, DeviceEvent.BACK)
    assert np.array_equal(next(item for item in items if isinstance(item, FingerSample)).image, image)
    source.close()


def test_a_service_that_is_started_anew_on_its_port_goes_on(image: Image) -> None:
    first = SbiService()
    first.record = record_of(image)
    source = reader(first)
    items = source.samples()
    next(item for item in items if isinstance(item, FingerSample))
    first.close()
    event(items, DeviceEvent.LOST)
    second = SbiService(first.port)
    second.record = record_of(image)
    event(items, DeviceEvent.BACK)
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
    ((port, device),) = find_devices([service.port, closed_port()], patience_s=60)
    assert port == service.port
    assert device.name == "Maker One 123456789012"
    assert device.key == reader(service).identity.key


def test_a_service_that_answers_nonsense_is_passed_over(service: SbiService) -> None:
    service.body, service.length = lambda *_: [b"nonsense"], None
    assert find_devices([service.port], patience_s=60) == ()


def test_devices_that_are_no_fingerprint_readers_are_passed_over(service: SbiService) -> None:
    service.identity["type"] = "Iris"
    assert find_devices([service.port], patience_s=60) == ()
    assert fault_of(reader(service)).code is Code.DEVICE_NOT_FOUND


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
        event(items, DeviceEvent.LOST)
        return
    with pytest.raises(DeviceError) as fault:
        list(items)
    assert fault.value.code is code


@pytest.mark.parametrize("said", ["Fake finger detected", "LIVENESS check failed", "Spoof", "presentation attack"])
def test_an_attack_that_the_device_refuses_is_a_sample_that_says_so(service: SbiService, said: str) -> None:
    service.change_entry = lambda entry: entry.update(error=error("510", said), data="")
    sample = first_sample(reader(service))
    assert sample.attack_reported
    assert sample.provenance.kind is SourceKind.LIVE


@pytest.mark.parametrize(
    ("fields", "reported"),
    [
        ({"liveness": False}, True),
        ({"livenessStatus": "Fail"}, True),
        ({"isLive": "no"}, True),
        ({"spoofDetected": True}, True),
        ({"liveness": True}, False),
        ({"livenessStatus": "Pass"}, False),
        ({"liveness": 0.2}, False),
        ({"spoofDetected": "false"}, False),
        ({}, False),
    ],
)
def test_what_a_device_signs_of_an_attack_is_heeded(
    service: SbiService, image: Image, fields: dict[str, object], *, reported: bool
) -> None:
    service.change_data = lambda data: data.update(fields)
    sample = first_sample(reader(service))
    assert sample.attack_reported is reported
    assert np.array_equal(sample.image, image)


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
