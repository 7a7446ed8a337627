"""PDF417 and Code 128 are read in the bounded helper; what is no code, or says too much, is nothing."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from mlid_desktop.devices.decoding.bar_codes import read_bar_code
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.domain.samples import Image
from mlid_desktop.site_fields.licence import read_licence
from tests.site_schemas import clinic

LICENCE = "@\n\x1e\rANSI 636000080002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDBB06061986\nDAG2300 WEST\n"


def drawn(text: str, kind: zxingcpp.BarcodeFormat) -> Image:
    """A code with its quiet zone, dark on light."""
    made = np.array(zxingcpp.create_barcode(text, kind).to_image(scale=3))
    return np.pad(made, 40, constant_values=255)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("A-17 4711", zxingcpp.BarcodeFormat.Code128), (LICENCE, zxingcpp.BarcodeFormat.PDF417)],
)
def test_codes_are_read_to_the_letter(text: str, kind: zxingcpp.BarcodeFormat) -> None:
    assert read_bar_code(drawn(text, kind)) == text
    assert read_bar_code(np.rot90(drawn(text, kind)).copy()) == text


def test_other_codes_and_noise_are_nothing() -> None:
    assert read_bar_code(drawn("mlid:abc", zxingcpp.BarcodeFormat.QRCode)) == ""
    noise = np.random.default_rng(1).integers(0, 255, (480, 640), dtype=np.uint8)
    assert read_bar_code(noise) == ""


def test_the_helper_reads_them_one_after_another() -> None:
    with PictureDecoder() as decoder:
        assert decoder.bar_code(drawn(LICENCE, zxingcpp.BarcodeFormat.PDF417)) == LICENCE
        helper = decoder.helper_number
        assert decoder.bar_code(np.zeros((720, 1280), np.uint8)) == ""
        assert decoder.bar_code(np.zeros((1, 1), np.uint8)) == ""
        assert decoder.helper_number == helper


def test_of_a_licence_only_what_is_mapped_comes_through() -> None:
    from dataclasses import replace

    born = replace(clinic().by_name["born"], licence="DBB")
    assert read_licence(LICENCE, [born, clinic().by_name["plan"]]) == {"born": "1986-06-06"}
    assert read_licence("DBB06061986", [born]) == {}
    canadian = LICENCE.replace("06061986", "19860607")
    assert read_licence(canadian, [born]) == {"born": "1986-06-07"}
    assert read_licence("ANSI 636000" + "x" * 5000, [born]) == {}
