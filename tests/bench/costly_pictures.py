"""Files of at most a megabyte that ask for as much memory or time as their format allows, and ordinary ones to bend."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial

import cv2
import numpy as np
from PIL import Image

from mlid_desktop.devices.formats.headers.finger_record import HEADER_2011, IMAGE_2011, REPRESENTATION_2011
from mlid_desktop.devices.formats.picture_bounds import MAX_PIXELS, MAX_SIDE
from tests.bench.fuzz_wsq import VECTORS, record_of
from tests.finger_records import write_finger_record

MEGABYTE = 1024 * 1024
WIDE, HIGH = 8192, MAX_PIXELS // 8192  # as many pixels as are ever read
Make = Callable[[], bytes]


def small_png() -> bytes:
    """A picture that costs nothing."""
    return cv2.imencode(".png", np.full((8, 8, 3), 100, np.uint8))[1].tobytes()


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, depth: int, colour: int, interlaced: int = 0, before: bytes = b"") -> bytes:
    """A black picture; what is too long for a megabyte is cut, and the file stays well-formed."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(1 + width * channels * depth // 8)
    pack, out = zlib.compressobj(9), b""
    for _ in range(height):
        out += pack.compress(row)
        if len(out) > MEGABYTE - len(before) - 2000:
            break
    out += pack.flush()
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette + before + chunk(b"IDAT", out) + chunk(b"IEND", b"")


def empty_png(width: int, height: int) -> bytes:
    """61 bytes or so that claim a picture of 16 bits with opacity."""
    head = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x\x9c\x03\x00") + chunk(b"IEND", b"")


def jpeg(*, progressive: bool, colour: bool, width: int = WIDE, height: int = HIGH, noise: bool = False) -> bytes:
    """A picture as large as is ever read."""
    shape = (height, width, 3) if colour else (height, width)
    picture = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8) if noise else np.zeros(shape, np.uint8)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=1 if noise else 50, progressive=progressive, optimize=True)
    return out.getvalue()


def jpeg_of_many_scans() -> bytes:
    """A progressive picture whose last scan comes again and again, to the megabyte."""
    whole = jpeg(progressive=True, colour=False, width=4096, height=4096)
    last = whole.rindex(b"\xff\xda")
    scan = whole[last:-2]
    return whole[:-2] + scan * min(4000, (MEGABYTE - len(whole)) // len(scan)) + b"\xff\xd9"


def jpeg_of_many_tables() -> bytes:
    """Comment segments and fill bytes to the megabyte."""
    whole = jpeg(progressive=False, colour=False, width=64, height=64)
    return whole[:2] + b"\xff\xfe\x00\x02" * 100_000 + b"\xff" * 500_000 + whole[2:]


def bmp_of_runs() -> bytes:
    """Run lengths of 255 pixels."""
    width, height = MAX_SIDE, 3300
    line = b"\xff\x00" * (width // 255) + b"\x00\x00"
    data = (line * height)[: MEGABYTE - 2000] + b"\x00\x01"
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 2835, 2835, 256, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 1024 + len(data), 0, 0, 54 + 1024) + head + bytes(1024) + data


def tiff(compression: str, mode: str, width: int = WIDE, height: int = HIGH) -> bytes:
    """A blank picture of that compression."""
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "TIFF", compression=compression)
    return out.getvalue()


def tiff_of_one_strip(bits: int, samples: int, compression: int = 8) -> bytes:
    """As many strips as there are rows, all of them the same bytes."""
    row = zlib.compress(bytes(WIDE * samples * bits // 8), 9)
    tags = [
        (256, 4, 1, WIDE), (257, 4, 1, HIGH), (258, 3, 1, bits), (259, 3, 1, compression), (262, 3, 1, 1),
        (273, 4, HIGH, 8 + len(row)), (277, 3, 1, samples), (278, 4, 1, 1), (279, 4, HIGH, 8 + len(row) + 4 * HIGH),
    ]  # fmt: skip  # as the file has them
    arrays = struct.pack(f"<{HIGH}I", *[8] * HIGH) + struct.pack(f"<{HIGH}I", *[len(row)] * HIGH)
    start = 8 + len(row) + len(arrays)
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\x00" + struct.pack("<I", start) + row + arrays + struct.pack("<H", len(tags)) + entries + bytes(4)


def webp(*, lossless: bool, opacity: bool) -> bytes:
    """As large as the format goes."""
    out = io.BytesIO()
    Image.new("RGBA" if opacity else "RGB", (16_383, 4000), (9, 9, 9, 7) if opacity else (9, 9, 9)).save(
        out, "WEBP", lossless=lossless, quality=0, method=0
    )
    return out.getvalue()


def jpeg_2000(side: int = 8000, tile: int = 0) -> bytes:
    """A blank picture."""
    out = io.BytesIO()
    kept = {"tile_size": (tile, tile)} if tile else {}
    Image.new("L", (side, side)).save(out, "JPEG2000", quality_layers=[1000], quality_mode="rates", **kept)
    return out.getvalue()


def jpeg_2000_with_claim(width: int, height: int) -> bytes:
    """A small picture whose code claims another size."""
    whole = bytearray(jpeg_2000(64))
    offset = whole.index(b"\xff\x4f\xff\x51") + 4
    struct.pack_into(">IIII", whole, offset + 4, width, height, 0, 0)
    struct.pack_into(">II", whole, offset + 20, width, height)
    ihdr = whole.index(b"ihdr")
    struct.pack_into(">II", whole, ihdr + 4, height, width)
    return bytes(whole)


def wsq(width: int, height: int) -> bytes:
    """A small file whose header claims another size."""
    whole = bytearray((VECTORS / "tiny.wsq").read_bytes())
    offset = whole.index(b"\xff\xa2")
    struct.pack_into(">HH", whole, offset + 6, height, width)
    return bytes(whole)


def wsq_of_runs(width: int, height: int) -> bytes:
    """A file whose code goes on to the megabyte: the code of a finger, repeated."""
    whole = bytearray((VECTORS / "finger.wsq").read_bytes())
    offset = whole.index(b"\xff\xa2")
    struct.pack_into(">HH", whole, offset + 6, height, width)
    block = whole.rindex(b"\xff\xa3")
    code = bytes(whole[block + 5 : -2]).replace(b"\xff", b"\xfe")
    return (
        bytes(whole[: block + 5]) + (code * (MEGABYTE // max(1, len(code)) + 1))[: MEGABYTE - len(whole)] + b"\xff\xa1"
    )


def netpbm(kind: int, width: int, height: int) -> bytes:
    """A plain or binary file to the megabyte."""
    head = f"P{kind} {width} {height}{'' if kind in {1, 4} else ' 255'}\n".encode()
    return head + (b"0 " * (MEGABYTE // 2) if kind in {1, 2, 3} else bytes(MEGABYTE))[: MEGABYTE - len(head)]


def record(compression: int, content: bytes, width: int, height: int) -> bytes:
    """A finger image record with that inside."""
    bare = write_finger_record(np.zeros((1, 1), np.uint8), 500, 7)
    offset = HEADER_2011.size + REPRESENTATION_2011.size
    fields = list(IMAGE_2011.unpack_from(bare, offset))
    fields[8], fields[10], fields[11], fields[-1] = compression, width, height, len(content)
    return bare[:offset] + IMAGE_2011.pack(*fields) + content


def made() -> Iterator[tuple[str, str, Make]]:
    """Format, name and maker of each."""
    for kind, makers in (
        ("PNG", made_png), ("JPEG", made_jpeg), ("BMP", lambda: iter([("runs", bmp_of_runs)])), ("TIFF", made_tiff),
        ("WebP", made_webp), ("JPEG 2000", made_jpeg_2000), ("WSQ", made_wsq), ("Netpbm", made_netpbm),
        ("19794-4", made_records),
    ):  # fmt: skip  # a list to look through
        for name, make in makers():
            yield kind, name, make


def made_png() -> Iterator[tuple[str, Make]]:
    """Of every depth, empty, and with inflated text."""
    for width, height in ((8192, 8192), (20_000, 3355), (1, 20_000)):
        yield f"empty {width}x{height}", partial(empty_png, width, height)
    for depth, colour in ((16, 6), (8, 6), (16, 2), (8, 2), (8, 3), (1, 0), (16, 0)):
        for interlaced in (0, 1):
            yield f"{depth} {colour} {interlaced}", partial(png, WIDE, HIGH, depth, colour, interlaced)
    text = zlib.compress(bytes(700 * MEGABYTE), 9)
    for name, before in (
        ("zTXt", chunk(b"zTXt", b"Comment\0\0" + text)),
        ("iCCP", chunk(b"iCCP", b"Comment\0\0" + text)),
        ("iTXt", chunk(b"iTXt", b"Comment\0\1\0\0\0" + text)),
        ("chunks", chunk(b"tEXt", b"") * 60_000),
    ):
        yield name, partial(png, 64, 64, 8, 2, 0, before)


def made_jpeg() -> Iterator[tuple[str, Make]]:
    """Large ones, and many scans and segments."""
    for progressive in (False, True):
        for colour in (False, True):
            yield f"{progressive} {colour}", partial(jpeg, progressive=progressive, colour=colour)
    yield "noise", partial(jpeg, progressive=True, colour=True, width=4000, height=2500, noise=True)
    yield "scans", jpeg_of_many_scans
    yield "tables", jpeg_of_many_tables


def made_tiff() -> Iterator[tuple[str, Make]]:
    """Of every compression, and of strips that lie over one another."""
    for compression in ("tiff_adobe_deflate", "tiff_lzw", "packbits"):
        yield compression, partial(tiff, compression, "RGB", WIDE, 4096 if compression == "packbits" else HIGH)
    yield "opacity", partial(tiff, "tiff_adobe_deflate", "RGBA")
    yield "float", partial(tiff, "tiff_adobe_deflate", "F")
    yield "facsimile", partial(tiff, "group4", "1")
    for bits, samples in ((8, 1), (16, 4), (64, 1), (32, 4)):
        yield f"one strip {bits} {samples}", partial(tiff_of_one_strip, bits, samples)


def made_webp() -> Iterator[tuple[str, Make]]:
    """Exact or not, opaque or not."""
    for lossless in (True, False):
        for opacity in (True, False):
            yield f"{lossless} {opacity}", partial(webp, lossless=lossless, opacity=opacity)


def made_jpeg_2000() -> Iterator[tuple[str, Make]]:
    """Blank ones, and claims."""
    yield "blank", jpeg_2000
    yield "tiles", partial(jpeg_2000, 4096, 64)
    for width, height in ((8192, 8192), (20_000, 3000), (3000, 3000), (700, 700)):
        yield f"claims {width}x{height}", partial(jpeg_2000_with_claim, width, height)


def made_wsq() -> Iterator[tuple[str, Make]]:
    """Claims, and code without an end."""
    for width, height in ((5000, 5000), (10_000, 2500), (32, 10_000), (1200, 1200)):
        yield f"claims {width}x{height}", partial(wsq, width, height)
        yield f"runs {width}x{height}", partial(wsq_of_runs, width, height)


def made_netpbm() -> Iterator[tuple[str, Make]]:
    """All six kinds, and heads without an end."""
    for kind in range(1, 7):
        yield f"P{kind} 700", partial(netpbm, kind, 700, 700)
        yield f"P{kind} large", partial(netpbm, kind, 8000, 8000)
    yield "blanks", lambda: b"P5" + b" " * (MEGABYTE - 4) + b"x"
    yield "comments", lambda: b"P5" + b"#\n" * (MEGABYTE // 2 - 4) + b"x"


def made_records() -> Iterator[tuple[str, Make]]:
    """Records whose inside claims what it has not, or is of another format than it says."""
    for side in (8192, 5000):
        inside = empty_png(side, side)
        yield f"PNG {side}", partial(record, 6, inside, side, side)
        yield f"JPEG 2000 {side}", partial(record, 4, jpeg_2000_with_claim(side, side), side, side)
        yield f"WSQ {side}", partial(record_of, wsq(side, side), side, side)
        yield f"wrong code {side}", partial(record, 4, inside, side, side)
    large = png(WIDE, HIGH, 8, 0)
    yield "PNG, whole", partial(record, 6, large, WIDE, HIGH)


def ordinary() -> dict[str, bytes]:
    """One of each format, with something in it."""
    grey = cv2.GaussianBlur(np.random.default_rng(2).integers(0, 255, (120, 90)).astype(np.uint8), (0, 0), 2)
    colour = np.dstack([grey, grey[::-1], grey[:, ::-1]])
    files = {
        name: cv2.imencode(suffix, colour)[1].tobytes()
        for name, suffix in (("PNG", ".png"), ("JPEG", ".jpg"), ("BMP", ".bmp"), ("TIFF", ".tiff"), ("WebP", ".webp"),
                             ("JPEG 2000", ".jp2"), ("Netpbm", ".ppm"))
    }  # fmt: skip  # a list to look through
    files["WSQ"] = (VECTORS / "tiny.wsq").read_bytes()
    files["19794-4"] = record_of(files["WSQ"], 47, 33)
    progressive = io.BytesIO()
    Image.fromarray(colour).save(progressive, "JPEG", progressive=True)
    files["JPEG, progressive"] = progressive.getvalue()
    deflated = io.BytesIO()
    Image.fromarray(colour).save(deflated, "TIFF", compression="tiff_adobe_deflate")
    files["TIFF, deflated"] = deflated.getvalue()
    return files
