"""Converts a float convolutional TFLite model into an ONNX graph with a free batch size."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlid_desktop.models.conversion.checkpoint import Array
from mlid_desktop.models.conversion.graph import Graph

_ADD, _CONV, _DEPTHWISE, _MAX_POOL, _PAD, _PRELU = 0, 3, 4, 17, 34, 54
_DTYPES = {0: "<f4", 2: "<i4"}
_SAME = 0


class _FlatbufferTable:
    """A table of a flatbuffer; its fields are addressed by their number in the schema."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._fields = at - self._get("<i", at)

    def _get(self, code: str, at: int) -> Any:
        return struct.unpack_from(code, self._data, at)[0]

    def _locate(self, field: int) -> int:
        entry = 4 + 2 * field
        if entry >= self._get("<H", self._fields):
            return 0
        step = self._get("<H", self._fields + entry)
        return self._at + step if step else 0

    def number(self, field: int, code: str = "<i") -> int:
        at = self._locate(field)
        return int(self._get(code, at)) if at else 0  # every default used here is zero

    def vector(self, field: int, dtype: str = "<i4") -> Array:
        at = self._locate(field)
        if not at:
            return np.zeros(0, dtype)
        at += self._get("<I", at)
        return np.frombuffer(self._data, dtype, self._get("<I", at), at + 4)

    def table(self, field: int) -> _FlatbufferTable:
        at = self._locate(field)
        return _FlatbufferTable(self._data, at + self._get("<I", at))

    def tables(self, field: int) -> list[_FlatbufferTable]:
        at = self._locate(field)
        first = at + self._get("<I", at) + 4
        spots = range(first, first + 4 * len(self.vector(field)), 4)
        return [_FlatbufferTable(self._data, spot + self._get("<I", spot)) for spot in spots]


def _same_pads(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _window(options: _FlatbufferTable, kernel: tuple[int, ...], size: tuple[int, ...]) -> dict[str, Any]:
    """The strides and explicit pads of a window operation; the three kinds share their first option fields."""
    strides = [options.number(2), options.number(1)]
    pads = [(0, 0), (0, 0)]
    if options.number(0, "<b") == _SAME:
        pads = [_same_pads(*axis) for axis in zip(size, kernel, strides, strict=True)]
    return {"strides": strides, "pads": [pad[0] for pad in pads] + [pad[1] for pad in pads]}


def _refuse_activation(options: _FlatbufferTable, field: int) -> None:
    if options.number(field, "<b"):
        raise ValueError("fused activation")


def convert_tflite(data: bytes, outputs: Sequence[str]) -> bytes:
    """Converts a TFLite model into an ONNX graph: keeps the [n,h,w,c] input, computes in [n,c,h,w], flattens each
    output to [n,k]."""
    if data[4:8] != b"TFL3":
        raise ValueError("not a TFLite model")
    model = _FlatbufferTable(data, struct.unpack_from("<I", data)[0])
    buffers, (body,) = model.tables(4), model.tables(2)
    codes = [max(code.number(0, "<b"), code.number(3)) for code in model.tables(1)]
    tensors = body.tables(0)
    shapes = [tuple(int(n) for n in tensor.vector(0)) for tensor in tensors]

    def constant(index: int) -> Array:
        tensor = tensors[index]
        raw = buffers[tensor.number(2, "<I")].vector(0, "<u1").tobytes()
        return np.frombuffer(raw, _DTYPES[tensor.number(1, "<b")]).reshape(shapes[index])

    g = Graph("tflite")
    (source,) = body.vector(1).tolist()
    x = g.input("input", ["n", *shapes[source][1:]])
    values = {source: g.op("Transpose", x, perm=[0, 3, 1, 2])}
    for node in body.tables(3):
        kind = codes[node.number(0, "<I")]
        first, *rest = node.vector(1).tolist()
        (target,) = node.vector(2).tolist()
        x, size = values[first], shapes[first][1:3]
        if kind in (_CONV, _DEPTHWISE):  # kernels are [out,h,w,in] and [1,h,w,out]
            options = node.table(4)
            _refuse_activation(options, 3 if kind == _CONV else 4)
            weight = constant(rest[0]).transpose((0, 3, 1, 2) if kind == _CONV else (3, 0, 1, 2))
            group = 1 if kind == _CONV else len(weight)
            window = _window(options, weight.shape[2:], size)
            values[target] = g.conv(x, weight, constant(rest[1]), group=group, **window)
        elif kind == _MAX_POOL:
            options = node.table(4)
            _refuse_activation(options, 5)
            kernel = (options.number(4), options.number(3))
            values[target] = g.op("MaxPool", x, kernel_shape=kernel, **_window(options, kernel, size))
        elif kind == _ADD:
            _refuse_activation(node.table(4), 0)
            values[target] = g.op("Add", x, values[rest[0]])
        elif kind == _PRELU:
            values[target] = g.op("PRelu", x, g.const(constant(rest[0]).reshape(-1, 1, 1)))
        elif kind == _PAD:
            before, after = constant(rest[0])[[0, 3, 1, 2]].T.tolist()
            values[target] = g.op("Pad", x, g.ints(*before, *after))
        else:
            raise ValueError(f"no rule for TFLite operator {kind}")
    for index, name in zip(body.vector(2).tolist(), outputs, strict=True):
        if shapes[index][1:3] != (1, 1):
            raise ValueError(f"output {name} is not 1x1")
        g.output(g.op("Flatten", values[index], axis=1), name, ["n", shapes[index][3]])
    return g.serialize()
