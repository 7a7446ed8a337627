"""Minutiae records: published samples say what is read, what is written reads alike, what is broken is named."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.fingerprint.detect import segment
from mlid_desktop.modalities.fingerprint.extract import extract
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.minutiae_records.conversion import minutiae_of, view_of
from mlid_desktop.modalities.fingerprint.minutiae_records.native import CODES, NativeFinger, read_native, write_native
from mlid_desktop.modalities.fingerprint.minutiae_records.reading import read_leniently, read_record
from mlid_desktop.modalities.fingerprint.minutiae_records.record import (
    CaptureEquipment,
    CaptureTime,
    Certificate,
    Edition,
    Extension,
    FingerView,
    Leniency,
    MinutiaeRecord,
    QualityScore,
)
from mlid_desktop.modalities.fingerprint.minutiae_records.writing import write_record
from mlid_desktop.modalities.fingerprint.templates import Impression, encode_impressions
from mlid_desktop.modalities.step_timer import StepTimer
from tests.bench.fuzz_records import fuzz
from tests.worked_out_once import touch_image

SAMPLES = {
    Edition.ANSI_2004: "ansi378v2004",
    Edition.ANSI_2009: "ansi378v2009",
    Edition.ANSI_2009_AM1: "ansi378v2009am1",
    Edition.ISO_2005: "iso19794p2v2005",
    Edition.ISO_2011: "iso19794p2v2011",
}
KINDS = ("OTHER", "ENDING", "BIFURCATION")
UNSURE = {Edition.ANSI_2009: "EITHER", Edition.ANSI_2009_AM1: "EITHER"}  # what ANSI calls the first since 2009
RIDGE_COUNTS = 1  # type of extended data, alike in all editions
IMPRESSIONS = {0: "LIVE_PLAIN"}
EDITIONS = pytest.mark.parametrize("edition", list(Edition), ids=lambda edition: edition.value)


@pytest.fixture(scope="module")
def found() -> Minutiae:
    picture = touch_image(5, 1)
    return extract(picture, segment(picture).mask, StepTimer()).minutiae


def told(view: FingerView, edition: Edition) -> dict[str, Any]:
    """A view in the words of the published samples, as far as all editions share them."""
    return {
        "position": list(FingerPosition)[view.position - 1].value.replace("-", "_").upper(),
        "view": view.number,
        "scanType": IMPRESSIONS[view.impression],
        "minutiae": [
            {
                "type": KINDS[minutia["kind"]] if minutia["kind"] else UNSURE.get(edition, KINDS[0]),
                "positionX": int(minutia["x"]),
                "positionY": int(minutia["y"]),
                "angle": int(minutia["angle"]),
                "quality": int(minutia["quality"]),
            }
            for minutia in view.minutiae
        ],
    }


def ridge_counts(view: FingerView) -> list[dict[str, int]]:
    """The ridge counts of the first extension that holds any: a byte of method, then three bytes an edge; what is over
    is left."""
    data = next((extension.data for extension in view.extensions if extension.kind == RIDGE_COUNTS), b"")
    edges = [data[start : start + 3] for start in range(1, len(data) - 2, 3)]
    return [{"from": first, "to": second, "count": count} for first, second, count in edges]


@EDITIONS
def test_a_published_sample_says_what_its_publisher_says(shared: Path, edition: Edition) -> None:
    folder = shared / "data" / "fingerprint" / "templates"
    record = read_record((folder / f"{SAMPLES[edition]}-sample.dat").read_bytes())
    said = json.loads((folder / f"{SAMPLES[edition]}-sample.json").read_text())
    assert record.edition is edition
    for view, expected in zip(record.views, said["fingerprints"], strict=True):
        words = told(view, edition)
        assert words == {name: expected[name] for name in words}
        size = said if edition.size_in_header else expected
        assert (view.width, view.height, *view.resolution) == tuple(
            size[name] for name in ("width", "height", "resolutionX", "resolutionY")
        )
        counts = ridge_counts(view)
        assert counts == (expected["counts"] or {"edges": []})["edges"]
        others = [
            {"type": extension.kind, "data": base64.b64encode(extension.data).decode()} for extension in view.extensions
        ]
        assert counts or others == expected["extensions"]
        sensor = expected if edition is Edition.ISO_2011 else said
        assert view.sensor.identifier == sensor["sensorId"]
    if not edition.of_iso:
        assert (record.vendor, record.subformat) == (said["vendorId"], said["subformat"])


def test_the_newest_iso_sample_tells_of_its_capture(shared: Path) -> None:
    record = read_record((shared / "data" / "fingerprint" / "templates" / "iso19794p2v2011-sample.dat").read_bytes())
    first = record.views[0]
    assert first.captured == CaptureTime(2005, 12, 15, 17, 35, 20, 0)
    assert first.qualities == (QualityScore(90, 43981, 291),)
    assert (first.sensor.vendor, first.sensor.kind) == (43981, 0)


@EDITIONS
def test_a_published_sample_is_written_to_what_reads_alike(shared: Path, edition: Edition) -> None:
    content = (shared / "data" / "fingerprint" / "templates" / f"{SAMPLES[edition]}-sample.dat").read_bytes()
    record = read_record(content)
    again = write_record(record)
    assert alike(read_record(again), record)
    if edition not in (Edition.ANSI_2004, Edition.ANSI_2009):  # those two state a length that is not theirs
        assert again == content


@pytest.mark.parametrize("name", ["1_byte", "2_bytes", "3_bytes"])
def test_a_published_record_that_was_cut_short_is_refused(shared: Path, name: str) -> None:
    with pytest.raises(ModelError) as refusal:
        read_record(
            (shared / "data" / "fingerprint" / "templates" / "invalid" / f"101_1_truncate_{name}.iso").read_bytes()
        )
    assert refusal.value.code is Code.MODEL_RECORD_INVALID


@EDITIONS
def test_minutiae_survive_every_edition(found: Minutiae, edition: Edition) -> None:
    view = view_of(found, edition, 7, 80, (400, 300))
    record = read_record(write_record(MinutiaeRecord(edition, (view,))))
    back = minutiae_of(record, record.views[0])
    order = np.argsort(-found.quality, kind="stable")
    before = found.select(order)
    after = back.select(np.lexsort((back.position[:, 1], back.position[:, 0])))
    before = before.select(np.lexsort((np.rint(before.position[:, 1]), np.rint(before.position[:, 0]))))
    assert np.abs(after.position - before.position).max() <= 0.5
    turned = np.abs(np.angle(np.exp(1j * (after.direction - before.direction))))
    assert turned.max() <= np.pi / edition.angle_steps + 1e-5
    assert (after.kind == before.kind).all()
    assert record.views[0].quality == 80
    assert record.views[0].position == 7


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_a_record_says_is_written_and_read_back(data: st.DataObject) -> None:
    edition = data.draw(st.sampled_from(list(Edition)))
    first = data.draw(views(edition))
    others = [
        replace(data.draw(views(edition)), sensor=first.sensor, width=first.width, height=first.height,
                resolution=first.resolution)
        for _ in range(data.draw(st.integers(0, 2)))
    ]  # fmt: skip  # one sensor and one size, as the older editions ask
    certified = edition is Edition.ISO_2011 and data.draw(st.booleans())
    made = [view if certified else replace(view, certificates=()) for view in (first, *others)]
    record = MinutiaeRecord(edition, tuple(made), certified_devices=certified)
    assert alike(read_record(write_record(record)), record)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_beginning_of_a_record_is_a_record(data: st.DataObject) -> None:
    edition = data.draw(st.sampled_from(list(Edition)))
    whole = write_record(MinutiaeRecord(edition, (data.draw(views(edition)),)))
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ModelError) as refusal:
        read_record(whole[:cut])
    assert refusal.value.code is Code.MODEL_RECORD_INVALID


def test_bent_records_are_read_or_refused_and_nothing_else() -> None:
    outcomes = fuzz(3000)
    assert sum(outcomes.values()) == 3000
    assert outcomes["a record"] > 100


def test_a_resolution_that_no_finger_image_has_gives_no_minutiae(found: Minutiae) -> None:
    view = replace(view_of(found, Edition.ISO_2005, 1, 50), resolution=(3, 197))
    with pytest.raises(ModelError) as refusal:
        minutiae_of(MinutiaeRecord(Edition.ISO_2005, (view,)), view)
    assert refusal.value.facts["why"] == "resolution"


def test_places_are_brought_to_500_dpi(found: Minutiae) -> None:
    view = view_of(found, Edition.ISO_2011, 1, 50)
    doubled = replace(view, minutiae=view.minutiae.copy(), resolution=(394, 394))
    for name in ("x", "y"):
        doubled.minutiae[name] *= 2
    back = minutiae_of(MinutiaeRecord(Edition.ISO_2011, (doubled,)), doubled)
    plain = minutiae_of(MinutiaeRecord(Edition.ISO_2011, (view,)), view)
    assert np.abs(back.position - plain.position).max() < 1.0


def test_a_record_of_views_of_several_sizes_is_refused_where_one_size_is_said_for_all(found: Minutiae) -> None:
    small, large = (view_of(found, Edition.ISO_2005, 1, 50, size) for size in ((300, 300), (400, 400)))
    with pytest.raises(ModelError):
        write_record(MinutiaeRecord(Edition.ISO_2005, (small, large)))


@pytest.mark.parametrize("code", CODES)
def test_a_native_template_comes_back_and_a_changed_byte_is_noticed(found: Minutiae, code: int) -> None:
    finger = NativeFinger((Impression(found),), 3, 77, CODES[code])
    content = write_native(finger)
    back = read_native(content)
    assert encode_impressions(back.impressions) == encode_impressions(finger.impressions)
    assert (back.position, back.quality, back.made_by) == (3, 77, CODES[code])
    for offset in range(len(content)):
        bent = bytearray(content)
        bent[offset] ^= 0x10
        with pytest.raises(ModelError):
            read_native(bytes(bent))


def alike(first: MinutiaeRecord, other: MinutiaeRecord) -> bool:
    """Arrays have no equality of their own."""
    bare = [tuple(replace(view, minutiae=np.zeros(0)) for view in record.views) for record in (first, other)]
    fields = [
        [getattr(view, name) for view in views for name in FingerView.__slots__ if name != "minutiae"] for views in bare
    ]
    rows = [[view.minutiae.tolist() for view in record.views] for record in (first, other)]
    heads = [(record.edition, record.vendor, record.subformat, record.certified_devices) for record in (first, other)]
    return heads[0] == heads[1] and fields[0] == fields[1] and rows[0] == rows[1]


@st.composite
def views(draw: st.DrawFn, edition: Edition) -> FingerView:
    """Whatever a view of the edition can say."""
    newest, byte, word = edition is Edition.ISO_2011, st.integers(0, 255), st.integers(0, 65535)
    count = draw(st.integers(0, 12))
    rows = np.zeros(count, [("x", "u2"), ("y", "u2"), ("kind", "u1"), ("angle", "u1"), ("quality", "u1")])
    with_quality = not newest or draw(st.booleans())
    for row in rows:
        row["x"], row["y"] = draw(st.tuples(st.integers(0, 0x3FFF), st.integers(0, 0x3FFF)))
        row["kind"], row["angle"] = draw(st.integers(0, 2)), draw(st.integers(0, edition.angle_steps - 1))
        row["quality"] = draw(st.integers(0, 100)) if with_quality else 0
    kinds = st.builds(Extension, st.integers(0x0101, 0xFFFF), st.binary(min_size=5, max_size=20))
    quality = st.builds(QualityScore, st.integers(0, 100), word, word)
    qualities = (QualityScore(draw(st.integers(0, 100))),) if edition.size_in_header else (draw(quality),)
    extensions = tuple(draw(st.lists(kinds, max_size=1)))
    sensor = CaptureEquipment(draw(st.integers(0, 0xFFF)), 0 if newest else draw(st.integers(0, 15)))
    return FingerView(
        draw(st.integers(0, 10)), rows, draw(word), draw(word), (draw(st.integers(1, 999)), draw(st.integers(1, 999))),
        draw(st.integers(0, 15)), draw(st.integers(0, 15)),
        tuple(draw(st.lists(quality, max_size=3))) if newest else qualities, extensions,
        replace(sensor, vendor=draw(word), kind=draw(byte)) if newest else sensor,
        CaptureTime(2026, 11, 23, 12, 0, 0, 999) if newest and draw(st.booleans()) else None,
        (Certificate(draw(word), draw(byte)),) if newest else (),
        draw(st.integers(0, 15)) if newest else 0, with_quality,
    )  # fmt: skip  # as the fields follow one another


def test_what_other_makers_write_is_read_and_each_leniency_is_named(found: Minutiae) -> None:
    whole = write_record(MinutiaeRecord(Edition.ISO_2005, (view_of(found, Edition.ISO_2005, 2, 60),)))
    bent = {
        Leniency.PADDING: whole + bytes(1024 - len(whole)),
        Leniency.LENGTH: whole[:8] + (len(whole) + 9).to_bytes(4, "big") + whole[12:],
        Leniency.POSITION: whole[:24] + bytes([13]) + whole[25:],
        Leniency.RESOLUTION_PER_INCH: whole[:18] + (500).to_bytes(2, "big") * 2 + whole[22:],
        Leniency.MINUTIA_TYPE: whole[:28] + bytes([whole[28] | 0xC0]) + whole[29:],
        Leniency.QUALITY: whole[:26] + bytes([180]) + whole[27:],
        Leniency.NO_EXTENSIONS: whole[:8] + (len(whole) - 2).to_bytes(4, "big") + whole[12:-2],
    }
    for leniency, content in bent.items():
        read = read_leniently(content)
        assert read.leniencies == (leniency,)
        assert len(minutiae_of(read.record, read.record.views[0])) == len(found)
        if leniency is not Leniency.RESOLUTION_PER_INCH:
            with pytest.raises(ModelError):
                read_record(content)
    read_with = [read_leniently(whole + end).leniencies for end in (b"", b"\xff\xff", b"\r\n", b"  ", b"\n\x1a")]
    assert read_with == [(), *[(Leniency.PADDING,)] * 4]


def test_a_record_without_resolution_is_read_where_it_is_given(found: Minutiae) -> None:
    whole = write_record(MinutiaeRecord(Edition.ISO_2005, (view_of(found, Edition.ISO_2005, 2, 60),)))
    without = whole[:18] + bytes(4) + whole[22:]
    with pytest.raises(ModelError) as fault:
        read_leniently(without)
    assert fault.value.facts["why"] == "resolution"
    read = read_leniently(without, 500)
    assert (read.leniencies, read.record.views[0].resolution) == ((Leniency.RESOLUTION_GIVEN,), (197, 197))


def test_a_plain_thumb_is_a_thumb(found: Minutiae) -> None:
    whole = write_record(MinutiaeRecord(Edition.ISO_2005, (view_of(found, Edition.ISO_2005, 2, 60),)))
    read = read_leniently(whole[:24] + bytes([12]) + whole[25:])
    assert read.record.views[0].position == 6
