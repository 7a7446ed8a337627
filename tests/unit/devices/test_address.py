"""Addresses as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.devices.address import MAX_ADDRESS_LENGTH, AddressForm, SourceAddress
from mlid_desktop.devices.catalog import FORMS, parse_address
from mlid_desktop.domain.errors import Code, DeviceError

LOCAL_SCHEMES = sorted(scheme for scheme, form in FORMS.items() if form is AddressForm.LOCAL)
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60)
OPTIONS = st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), NAMES, max_size=4)


@pytest.mark.parametrize(
    "text",
    [
        "camera:0",
        "file:clip.mp4",
        "dir:frames/",
        "dir:../up/and down/",
        "image:one.jpg",
        "image:who?.jpg",
        "image:Screenshot 2026-01-01 at 9.41.00\u202fAM.png",
        "image:Ångström 李.png",
        "simulated:face?seed=7",
        "simulated:finger?seed=7&impression=2",
        "rtsp://user:secret@10.0.0.9:554/stream?token=abc",
        "http://127.0.0.1:8080/mjpeg",
        "https://[::1]/mjpeg",
        r"file:C:\clips\one.mp4",
        r"dir:\\server\share\frames?dpi=500",
    ],
)
def test_an_address_reads_back_as_it_was_written(text: str) -> None:
    address = parse_address(text)
    assert str(address) == text
    assert parse_address(str(address)) == address


def test_options_are_told_from_a_question_mark_in_a_name() -> None:
    address = parse_address("image:who?.jpg?dpi=500")
    assert address.target == "who?.jpg"
    assert address.options == (("dpi", "500"),)


@given(st.sampled_from(LOCAL_SCHEMES), NAMES.map(str.strip).filter(bool), OPTIONS)
def test_any_target_and_options_survive_writing_and_reading(scheme: str, name: str, options: dict[str, str]) -> None:
    plain = parse_address(f"{scheme}:{name}")
    address = SourceAddress(scheme, plain.target, plain.options or tuple(options.items()))
    assert parse_address(str(address)) == address


@given(st.text(max_size=200))
def test_any_other_text_is_a_typed_fault(untrusted: str) -> None:
    refused: Code | None = None
    try:
        address = parse_address(untrusted)
    except DeviceError as fault:
        refused = fault.code
    else:
        assert parse_address(str(address)) == address
    assert refused in {None, Code.DEVICE_BAD_ADDRESS}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "scheme"),
        ("camera", "target"),
        ("camera:", "target"),
        ("image:?dpi=5", "target"),
        ("clip.mp4", "scheme"),
        ("ftp://x/y", "scheme"),
        ("http:///x", "host"),
        ("http:x", "host"),
        ("rtsp://h:99999/", "host"),
        ("rtsp://user:12/34@h/x", "host"),
        ("http://[::1/x", "host"),
        ("camera:\x000", "character"),
        ("image:a\nb.png", "character"),
        ("image:\ud800.png", "character"),
        ("simulated:face?seed=1&seed=2", "options"),
        ("camera:" + "0" * MAX_ADDRESS_LENGTH, "length"),
        ("simulated:face?" + "&".join(f"{'a' * n}=1" for n in range(1, 19)), "options"),
    ],
)
def test_what_is_no_address_is_refused_and_why_is_said(text: str, what: str) -> None:
    with pytest.raises(DeviceError) as fault:
        parse_address(text)
    assert fault.value.code is Code.DEVICE_BAD_ADDRESS
    assert fault.value.facts["what"] == what


@given(st.from_regex(r"[A-Za-z0-9._~%!$&'()*+,;=-]{4,20}", fullmatch=True))
def test_credentials_are_never_shown(secret: str) -> None:
    address = parse_address(f"rtsp://QQ:ZZ{secret}@10.0.0.9:554/stream?token=YY{secret}#XX")
    for shown in (address.masked, repr(address)):
        assert "ZZ" not in shown
        assert "YY" not in shown
        assert "QQ" not in shown
    assert address.masked == "rtsp://***@10.0.0.9:554/stream"


@pytest.mark.parametrize("value", ["-1", "x", "1e3", "99999999999999999999", "", "٣", "--1", "-", " 7", "101"])
def test_an_option_out_of_bounds_is_refused(value: str) -> None:
    address = SourceAddress("simulated", "face", (("seed", value),))
    with pytest.raises(DeviceError) as fault:
        address.integer("seed", 0, 0, 100)
    assert fault.value.facts["option"] == "seed"
