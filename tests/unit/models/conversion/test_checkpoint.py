from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.models.conversion.checkpoint import CheckpointError, read_state

NUMBERS = np.arange(6, dtype="<f4")


class Runs:
    """A pickle that runs a command when the pickle machine reads it."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("exit 1",)


def reference(key: str, count: int, kind: str = "FloatStorage") -> bytes:
    """The opcodes that refer to a storage, as torch.save writes them."""
    return (
        b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu")
        + b"J" + count.to_bytes(4, "little", signed=True) + b"tQ"
    )  # fmt: skip


def text(value: str) -> bytes:
    return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()


def tensor(key: str, count: int, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    def whole(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"J" + value.to_bytes(4, "little", signed=True) for value in values) + b"t"

    arguments = reference(key, count) + whole((offset,))[1:-1] + whole(size) + whole(stride) + b"\x89"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"ccollections\nOrderedDict\n)Rt" + b"R"


def checkpoint(value: bytes, storage: bytes = NUMBERS.tobytes()) -> bytes:
    """A zip checkpoint with one table: ``weight`` -> value."""
    table = b"\x80\x02ccollections\nOrderedDict\n)R(" + text("module.weight") + value + b"u."
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", table)
        archive.writestr("archive/data/0", storage)
    return file.getvalue()


def test_a_tensor_is_read_with_its_shape_and_without_the_training_prefix() -> None:
    state = read_state(checkpoint(tensor("0", 6, 0, (2, 3), (3, 1))))
    assert state["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_transposed_view_is_read_as_it_was_meant() -> None:
    state = read_state(checkpoint(tensor("0", 6, 0, (3, 2), (1, 3))))
    assert state["weight"].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(1, (6,), (1,)), (0, (7,), (1,)), (0, (2, 3), (4, 1)), (-1, (2,), (1,)), (0, (-2,), (1,)), (0, (2,), (-1,)),
     (0, (2, 3), (3,)), (0, (2**30,), (2**30,)), (0, (1,) * 9, (1,) * 9)],
)  # fmt: skip
def test_a_tensor_that_reaches_outside_its_storage_is_refused(
    offset: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    with pytest.raises(CheckpointError):
        read_state(checkpoint(tensor("0", 6, offset, size, stride)))


def test_a_storage_that_is_larger_than_it_says_is_not_unpacked() -> None:
    with pytest.raises(CheckpointError, match="too large"):
        read_state(checkpoint(tensor("0", 6, 0, (6,), (1,)), bytes(1 << 20)))


def test_more_numbers_than_any_model_has_are_refused_before_they_are_allocated() -> None:
    with pytest.raises(CheckpointError):
        read_state(checkpoint(tensor("0", 2**31 - 1, 0, (1,), (1,))))


@pytest.mark.parametrize("protocol", [0, 1, 2, 4, 5])
def test_a_pickle_that_would_run_a_command_is_refused_and_not_run(
    protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(os, "system", ran.append)
    hostile = pickle.dumps(Runs(), protocol=protocol)
    for untrusted in (hostile, checkpoint(hostile[2:-1] if protocol >= 2 else hostile[:-1])):
        with pytest.raises(CheckpointError):
            read_state(untrusted)
    assert ran == []


@pytest.mark.parametrize(
    "value",
    [b"cbuiltins\neval\n", b"cos\nsystem\n", b"cnumpy\nload\n", b"ctorch\nload\n", b"\x8c\x02os\x8c\x06system\x93"],
)
def test_a_name_outside_the_list_is_refused(value: bytes) -> None:
    with pytest.raises(CheckpointError):
        read_state(checkpoint(value))


def test_a_known_callee_takes_no_attributes() -> None:
    with pytest.raises(CheckpointError):
        read_state(checkpoint(b"ctorch._utils\n_rebuild_tensor_v2\n}b"))


def test_plain_values_in_place_of_tensors_are_refused() -> None:
    with pytest.raises(CheckpointError, match="tensors"):
        read_state(checkpoint(text("a word")))


def test_the_old_format_is_known_by_its_magic_number() -> None:
    parts = [0x1950A86A20F9469CFC6C, 1002, {"little_endian": True}, OrderedDict(), []]
    with pytest.raises(CheckpointError):
        read_state(b"".join(pickle.dumps(part, protocol=2) for part in parts))


@given(st.binary(max_size=300))
def test_no_bytes_give_anything_but_a_refusal(untrusted: bytes) -> None:
    with pytest.raises(CheckpointError):
        read_state(untrusted)


@given(st.binary(max_size=60))
def test_no_opcodes_give_anything_but_a_refusal(value: bytes) -> None:
    with pytest.raises(CheckpointError):
        read_state(checkpoint(value))
