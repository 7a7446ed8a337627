"""Picture formats that are recognised and not read: they are named, with what to do, instead of called damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BRANDS: Final = {  # of ISO base media files (ISO/IEC 14496-12, 4.3)
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"hevc": "HEIC",
    b"hevx": "HEIC",
    b"mif1": "HEIF",
    b"msf1": "HEIF",
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"crx ": "CR3",
}
STARTS: Final = (
    (b"GIF8", "GIF"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"DICM", "DICOM"),
    (b"FUJIFILM", "RAF"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"1.001:", "ANSI/NIST-ITL"),
    (b"1.01:", "ANSI/NIST-ITL"),
    (b"%!PS", "PostScript"),
    (b"\n\x05\x01\x08", "PCX"),
    (b"\0\0\1\0", "ICO"),
    (b"\x01\xda", "SGI"),
    (b"DDS ", "DDS"),
    (b"Pf\n", "PFM"),
    (b"PF\n", "PFM"),
    (b"<!DOCTYPE html", "HTML"),
    (b"<html", "HTML"),
    (b"version https://git-lfs", "Git LFS"),
    (b"\x7fa", "CBEFF"),
)
SUFFIXES: Final = {
    ".heic": "HEIC",
    ".heif": "HEIF",
    ".hif": "HEIF",
    ".avif": "AVIF",
    ".gif": "GIF",
    ".jxl": "JPEG XL",
    ".pdf": "PDF",
    ".psd": "Photoshop",
    ".dng": "DNG",
    ".cr2": "CR2",
    ".cr3": "CR3",
    ".nef": "NEF",
    ".arw": "ARW",
    ".raf": "RAF",
    ".svg": "SVG",
    ".pcx": "PCX",
    ".tga": "TGA",
    ".ico": "ICO",
    ".eps": "PostScript",
    ".eft": "ANSI/NIST-ITL",
    ".an2": "ANSI/NIST-ITL",
    ".an2k": "ANSI/NIST-ITL",
    ".nist": "ANSI/NIST-ITL",
    ".nst": "ANSI/NIST-ITL",
    ".dcm": "DICOM",
    ".zip": "ZIP",
}
DICOM_PREAMBLE = 128


def kind_not_read(untrusted: bytes) -> str | None:
    """The usual name of the unsupported format that the bytes begin as, None where it is none of these."""
    if untrusted[4:8] == b"ftyp":
        return BRANDS.get(untrusted[8:12], "HEIF" if b"mif1" in untrusted[16:64] else None)
    found = next((name for start, name in STARTS if untrusted.startswith(start)), None)
    return "DICOM" if found is None and untrusted[DICOM_PREAMBLE : DICOM_PREAMBLE + 4] == b"DICM" else found


def kind_of_name(path: Path) -> str | None:
    """The usual name of an unsupported format by the end of a file's name, for files that are not opened."""
    return SUFFIXES.get(path.suffix.lower())
