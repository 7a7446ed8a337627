"""Reads PyTorch checkpoints without PyTorch and without executing pickles.

A checkpoint is a pickle, and a pickle is a program: it can call anything importable. Here its opcodes are only parsed
(``pickletools``), and a machine that knows plain containers, numbers and tensors carries out the few that a checkpoint
needs. Anything else is refused.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
State = Mapping[str, Array]

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch.serialization, before its zip format
LEGACY_PROTOCOL = 1001
ZIP_SIGNATURE = b"PK\x03\x04"
MAX_OPCODES = 1_000_000
MAX_ELEMENTS = 64 * 1024 * 1024  # of all storages together
MAX_PICKLE_BYTES = 16 * 1024 * 1024
MAX_RANK = 8

STORAGE_TYPES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


# What zipfile and pickletools raise for damaged, encrypted or unusually packed content.
CONTAINER_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError)


class CheckpointError(ValueError):
    """Raised for a file that is not a checkpoint that this reader accepts."""


@dataclass(frozen=True, slots=True)
class _StorageType:
    dtype: str


class _Callee(Enum):
    """The two functions that a checkpoint may call."""

    TABLE = "collections OrderedDict"
    TENSOR = "torch._utils _rebuild_tensor_v2"


_MARK = object()

# Opcodes of the pickle protocol by what this reader does with them (names as in ``pickletools``).
IDLE = frozenset({"PROTO", "FRAME", "STOP"})
LITERALS = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"})
FRESH: Mapping[str, Callable[[], object]] = {
    "MARK": lambda: _MARK,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
FILLING = {"APPEND": 1, "APPENDS": 0, "SETITEM": 2, "SETITEMS": 0, "BUILD": 1}  # how many values, 0 for since the mark

OpenStorage = Callable[[str, str, int], Array]


def read_state(untrusted: bytes, *path: str) -> State:
    """Reads the checkpoint's tensors by name, without the prefix of data-parallel training; ``path`` leads to the table
    that holds them. Raises CheckpointError.
    """
    try:
        content = _read_zip(untrusted) if untrusted[:4] == ZIP_SIGNATURE else _read_legacy(io.BytesIO(untrusted))
    except CONTAINER_FAULTS as fault:
        raise CheckpointError(f"malformed container: {fault}") from None
    for key in path:
        content = _table(content).get(key)
    state = {str(name).removeprefix("module."): value for name, value in _table(content).items()}
    if not all(isinstance(value, np.ndarray) for value in state.values()):
        raise CheckpointError("not a table of tensors")
    return state


def _table(content: object) -> dict[Any, Any]:
    if not isinstance(content, dict):
        raise CheckpointError("not a table")
    return content


def _read_zip(untrusted: bytes) -> object:
    with zipfile.ZipFile(io.BytesIO(untrusted)) as archive:
        names = archive.namelist()
        root = next((name[: -len("data.pkl")] for name in names if name.endswith("/data.pkl")), "")

        def member(name: str, limit: int) -> bytes:
            if archive.getinfo(name).file_size > limit:
                raise CheckpointError(f"{name} is too large")
            return archive.read(name)

        def storage(key: str, dtype: str, count: int) -> Array:
            size = count * np.dtype(dtype).itemsize
            return np.frombuffer(member(f"{root}data/{key}", size), dtype, count)

        return _Machine(storage).run(io.BytesIO(member(f"{root}data.pkl", MAX_PICKLE_BYTES)))


def _read_legacy(file: IO[bytes]) -> object:
    if _Machine().run(file) != LEGACY_MAGIC or _Machine().run(file) != LEGACY_PROTOCOL:
        raise CheckpointError("not a PyTorch checkpoint")
    if _table(_Machine().run(file)).get("little_endian") is not True:
        raise CheckpointError("not little-endian")
    storages: dict[str, Array] = {}

    def storage(key: str, dtype: str, count: int) -> Array:
        return storages.setdefault(key, np.zeros(count, dtype))

    content = _Machine(storage).run(file)
    order = _Machine().run(file)
    if not isinstance(order, list) or set(order) != set(storages):
        raise CheckpointError("storages are missing")
    for key in order:  # the numbers follow the pickles, in this order, each after its count
        numbers = storages[key]
        if int.from_bytes(file.read(8), "little") != numbers.size:
            raise CheckpointError("a storage has another length than was said")
        numbers[:] = np.frombuffer(file.read(numbers.nbytes), numbers.dtype, numbers.size)
    return content


class _Machine:
    """Executes the accepted opcodes of one pickle. ``storage`` opens a tensor's numbers by key, type and count."""

    def __init__(self, storage: OpenStorage | None = None) -> None:
        self._storage = storage
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._elements = 0

    def run(self, file: IO[bytes]) -> object:
        """Reads the value of the next pickle in ``file``."""
        try:
            for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
                if count >= MAX_OPCODES:
                    raise CheckpointError("too many opcodes")
                self._step(opcode.name, argument)
            return self._stack.pop()
        except (IndexError, KeyError, TypeError) as fault:
            raise CheckpointError(f"malformed pickle: {fault}") from None

    def _step(self, name: str, argument: Any) -> None:
        if name in IDLE:
            return
        if name in LITERALS:
            self._stack.append(argument)
        elif name in FRESH:
            self._stack.append(FRESH[name]())
        elif name in FILLING:
            self._fill(name)
        else:
            self._make(name, argument)

    def _fill(self, name: str) -> None:
        """Moves the items on top of the stack into the list or table below them."""
        values = self._since_mark() if name.endswith("S") else self._top(FILLING[name])
        target = self._stack[-1]
        if name.startswith("APPEND"):
            if not isinstance(target, list):
                raise CheckpointError("not a list")
            target.extend(values)
        elif name.startswith("SETITEM"):
            _table(target).update(zip(values[::2], values[1::2], strict=True))
        else:  # BUILD gives a table attributes: version notes that nobody needs
            _table(target)

    def _make(self, name: str, argument: Any) -> None:
        stack = self._stack
        match name:
            case "TUPLE":
                stack.append(tuple(self._since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(self._top(int(name[-1]))))
            case "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self._memo[argument])
            case "GLOBAL":
                stack.append(_known_global(argument))
            case "BINPERSID":
                (reference,) = self._top(1)
                stack.append(self._open(reference))
            case "REDUCE":
                callee, arguments = self._top(2)
                stack.append(_call(callee, arguments))
            case _:
                raise CheckpointError(f"opcode {name} has no place in a checkpoint")

    def _top(self, count: int) -> list[Any]:
        values = self._stack[-count:]
        del self._stack[-count:]
        if len(values) != count or any(value is _MARK for value in values):
            raise CheckpointError("malformed pickle: the stack ran out")
        return values

    def _since_mark(self) -> list[Any]:
        values: list[Any] = []
        while (value := self._stack.pop()) is not _MARK:
            values.append(value)
        return values[::-1]

    def _open(self, reference: tuple[Any, ...]) -> Array:
        kind, storage_type, key, _device, count, *view = reference
        known = kind == "storage" and isinstance(storage_type, _StorageType) and isinstance(key, str)
        if self._storage is None or not known or not _is_count(count) or any(part is not None for part in view):
            raise CheckpointError("unexpected reference")
        self._elements += count
        if self._elements > MAX_ELEMENTS:
            raise CheckpointError("too many numbers")
        return self._storage(key, storage_type.dtype, count)


def _known_global(argument: str) -> object:
    module, _, name = argument.partition(" ")
    if argument in {callee.value for callee in _Callee}:
        return _Callee(argument)
    if module in {"torch", "torch.cuda"} and name in STORAGE_TYPES:
        return _StorageType(STORAGE_TYPES[name])
    raise CheckpointError(f"checkpoint asks for {module}.{name}")


def _call(callee: object, arguments: tuple[Any, ...]) -> object:
    if callee is _Callee.TABLE and arguments == ():
        return {}
    if callee is _Callee.TENSOR:
        storage, offset, size, stride, *_ = arguments
        return _tensor(storage, offset, size, stride)
    raise CheckpointError("calls something else than a table or a tensor")


def _tensor(storage: object, offset: object, size: object, stride: object) -> Array:
    """A tensor as a strided view into ``storage``, refused where it would leave it."""
    if not isinstance(storage, np.ndarray) or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise CheckpointError("not a tensor")
    if len(size) > MAX_RANK or len(size) != len(stride) or not all(map(_is_count, (offset, *size, *stride))):
        raise CheckpointError("not the shape of a tensor")
    assert isinstance(offset, int)  # _is_count has seen to it
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if 0 not in size and last >= storage.size:
        raise CheckpointError("a tensor reaches outside its storage")
    return np.lib.stride_tricks.as_strided(storage[offset:], size, [step * storage.itemsize for step in stride])


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ELEMENTS
