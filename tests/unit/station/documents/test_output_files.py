"""Files that somebody asked for are written whole, never over another file or over what is read."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.documents.output_files import require_writable, write_private

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are files on POSIX")


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    write_private(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_file_that_is_there_is_replaced_only_where_it_was_asked(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"another person's")
    with pytest.raises(UsageError) as fault:
        write_private(tmp_path / "a", b"one")
    assert fault.value.code is Code.USAGE_OUTPUT_EXISTS
    assert (tmp_path / "a").read_bytes() == b"another person's"
    write_private(tmp_path / "a", b"one", replace=True)
    assert (tmp_path / "a").read_bytes() == b"one"


def test_what_is_read_is_never_written_also_where_replacing_was_asked(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"the only picture")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    for out in ("a.png", "link.png"):
        with pytest.raises(UsageError) as fault:
            require_writable(tmp_path / out, (tmp_path / "a.png",), replace=True)
        assert fault.value.code is Code.USAGE_OUTPUT_IS_INPUT


@pytest.mark.parametrize("mark", ["vault.keys", "keys.mlid", "bulk.mlid"])
def test_nothing_is_written_into_a_vault_or_a_backup_also_where_replacing_was_asked(tmp_path: Path, mark: str) -> None:
    (tmp_path / mark).write_bytes(b"the only keys")
    for out in (mark, "new.pdf"):
        with pytest.raises(UsageError) as fault:
            write_private(tmp_path / out, b"one", replace=True)
        assert fault.value.code is Code.USAGE_OUTPUT_IN_VAULT
    assert (tmp_path / mark).read_bytes() == b"the only keys"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_lies_in_a_folder_that_is_read_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"the only picture")
    with pytest.raises(UsageError) as fault:
        require_writable(tmp_path / "a.png", (tmp_path,), replace=True)
    assert fault.value.code is Code.USAGE_OUTPUT_IS_INPUT
    require_writable(tmp_path / "new.csv", (tmp_path,))


@pytest.mark.parametrize("name", ["no/dir/a", "f" * 300, "a\0b", "."])
def test_a_place_that_cannot_be_written_is_found_before_anything_is_done(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as fault:
        require_writable(tmp_path / name)
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
    with pytest.raises(UsageError):
        write_private(tmp_path / name, b"one")
    assert not list(tmp_path.iterdir())


def test_replacing_through_a_link_replaces_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    write_private(tmp_path / "link", b"new", replace=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"new"


@POSIX
def test_pipes_and_devices_are_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_private(pipe, b"one" * 100_000)
    reader.join(60)
    assert read == [b"one" * 100_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write_private(Path("/dev/null"), b"one")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux'")
def test_a_full_device_is_a_typed_fault() -> None:
    with pytest.raises(UsageError) as fault:
        write_private(Path("/dev/full"), b"one")
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE


@POSIX
def test_what_a_shell_opened_is_written_on_where_it_stands(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+b", buffering=0) as opened:
        opened.write(b"before ")
        path = Path(f"/dev/fd/{opened.fileno()}")
        require_writable(path)
        write_private(path, b"one ")
        opened.write(b"after")
    assert (tmp_path / "log").read_bytes() == b"before one after"
    with pytest.raises(UsageError) as fault:
        require_writable(Path("/dev/fd/9999"))
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
