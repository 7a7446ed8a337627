"""Writes ONNX graphs, deterministically."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import DTypeLike
from onnx import TensorProto, helper, numpy_helper

from mlid_desktop.models.conversion.checkpoint import Array, State

Shape = Sequence["int | str"]

OPSET = 17
IR_VERSION = 8
NORM_EPSILON = 1e-5  # PyTorch's default for batch normalisation, which all the published networks keep


class Graph:
    """An ONNX graph under construction: collects nodes and constants; values go by their names, which count upwards and
    so repeat exactly. With ``half_weights`` the weights of its layers are stored as float16 and widened when the model
    is loaded: half the size, for the same arithmetic. ``opset``: the operators' version."""

    def __init__(self, name: str, *, half_weights: bool = False, opset: int = OPSET) -> None:
        self._name = name
        self._opset = opset
        self._half_weights = half_weights
        self._widened: dict[str, str] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], onnx.TensorProto] = {}

    def input(self, name: str, shape: Shape) -> str:
        """Declares a float32 input; a text in ``shape`` names a free axis."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
        return name

    def output(self, value: str, name: str, shape: Shape) -> None:
        """Publishes ``value`` as the float32 output ``name``."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))

    def const(self, array: Array) -> str:
        """Adds a constant once; floats of any width become float32."""
        return self._constant(array, np.float32 if np.issubdtype(array.dtype, np.floating) else array.dtype)

    def _constant(self, array: Array, wanted: DTypeLike) -> str:
        data: Array = np.asarray(array, wanted, order="C")
        key = (data.dtype.str, data.shape, data.tobytes())
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(data, f"c{len(self._constants)}")
        return str(self._constants[key].name)

    def ints(self, *values: int) -> str:
        """Adds an int64 vector constant (axes, shapes, split sizes)."""
        return self.const(np.array(values, np.int64))

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Appends a node with one output."""
        return self.ops(kind, 1, *inputs, **attributes)[0]

    def ops(self, kind: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """Appends a node with ``count`` outputs."""
        names = [f"v{len(self._nodes)}_{index}" for index in range(count)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def conv(self, x: str, weight: Array, bias: Array | None = None, **attributes: Any) -> str:
        """Appends a convolution; the kernel size is the weight's."""
        operands = [x, self._weight(weight)] + ([] if bias is None else [self.const(bias)])
        return self.op("Conv", *operands, kernel_shape=weight.shape[2:], **attributes)

    def linear(self, x: str, weight: Array, bias: Array | None = None) -> str:
        """Appends a linear layer, ``x @ weight.T + bias``, over the last axis; ``weight`` is (out, in)."""
        y = self.op("MatMul", x, self._weight(weight.T))
        return y if bias is None else self.op("Add", y, self.const(bias))

    def _weight(self, weight: Array) -> str:
        if not self._half_weights:
            return self.const(weight)
        stored = self._constant(weight, np.float16)
        if stored not in self._widened:
            self._widened[stored] = self.op("Cast", stored, to=TensorProto.FLOAT)
        return self._widened[stored]

    def serialize(self) -> bytes:
        """The checked model as bytes, without a producer or doc strings."""
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, list(self._constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self._opset)], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))


def norm_affine(state: State, prefix: str) -> tuple[Array, Array]:
    """Batch normalisation at inference as an affine map ``scale * x + shift``, in float64."""
    gamma, beta, mean, variance = (
        state[f"{prefix}.{key}"].astype(np.float64) for key in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + NORM_EPSILON)
    return scale, beta - mean * scale


def fold_norm(weight: Array, bias: Array | None, affine: tuple[Array, Array]) -> tuple[Array, Array]:
    """Folds the affine map of a batch normalisation into the layer before it (output channels first)."""
    scale, shift = affine
    scaled = weight.astype(np.float64) * scale.reshape(-1, *[1] * (weight.ndim - 1))
    return scaled, shift if bias is None else shift + scale * bias
