"""Mends the inputs of ONNX files: weights that are listed among them, and sizes that are fixed without need."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

PICTURE_AXES = ("batch", None, "height", "width")


def without_stale_inputs(untrusted: bytes) -> bytes:
    """The same ONNX model with the inputs that a caller has to give, and no others; weights that nothing uses are gone.

    A weight that is listed as an input counts as replaceable, so that a runtime folds nothing into it and older ones
    refuse the file. Raises ValueError where a weight lies in another file.
    """
    model = onnx.load_model_from_string(untrusted)
    graph = model.graph
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in graph.initializer):
        raise ValueError("weights in another file")
    used = {name for node in graph.node for name in node.input}
    weights = [tensor for tensor in graph.initializer if tensor.name in used]
    names = {tensor.name for tensor in graph.initializer}
    inputs = [port for port in graph.input if port.name in used and port.name not in names]
    del graph.initializer[:], graph.input[:], graph.value_info[:]
    graph.initializer.extend(weights)
    graph.input.extend(inputs)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def with_free_picture_size(untrusted: bytes) -> bytes:
    """The same ONNX model of one picture (NCHW), for any number of pictures of any size: for networks of convolutions
    whose results are only reshaped to lists of one picture each. Weights that are rounded in blocks become plain ones,
    because not every runtime takes blocks of all shapes. Raises ValueError for another network."""
    model = onnx.load_model_from_string(untrusted)
    graph = model.graph
    _unfold_weights(graph)
    (picture,) = graph.input
    for axis, name in zip(picture.type.tensor_type.shape.dim, PICTURE_AXES, strict=True):
        if name is not None:
            axis.dim_param = name
    constants = {tensor.name: tensor for tensor in graph.initializer}
    lists = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for name in sorted(lists & constants.keys()):
        shape = numpy_helper.to_array(constants[name])
        if len(shape) == 3 and shape[0] == 1 and shape[1] == -1:  # a 0 keeps the number of pictures
            changed = numpy_helper.from_array(np.array([0, -1, shape[2]], np.int64), name)
            constants[name].CopyFrom(changed)
    for result in graph.output:
        for axis, free in zip(result.type.tensor_type.shape.dim, ("batch", "dim", None), strict=True):
            if free is not None:
                axis.dim_param = free
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _unfold_weights(graph: onnx.GraphProto) -> None:
    """Replaces rounded weights by what they stand for, and the nodes that would work it out at every start."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    kept = []
    for node in graph.node:
        known = all(name in constants for name in node.input)
        if known and node.op_type == "DequantizeLinear":
            constants[node.output[0]] = _dequantised(node, [constants[name] for name in node.input])
        elif known and node.op_type == "Reshape":
            constants[node.output[0]] = constants[node.input[0]].reshape(constants[node.input[1]])
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in sorted(constants.items())
        if name in used
    )


def _dequantised(node: onnx.NodeProto, inputs: list[np.ndarray]) -> np.ndarray:
    """What the node DequantizeLinear gives: (value - zero point) * scale, of blocks along an axis or of the whole."""
    settings = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    axis, block = settings.get("axis", 1), settings.get("block_size", 0)
    rounded, scale = inputs[0].astype(np.float32), inputs[1]
    zero = inputs[2].astype(np.float32) if len(inputs) > 2 else np.zeros_like(scale)
    if scale.ndim == rounded.ndim and block:
        parts = (slice(None),) * axis + (slice(0, rounded.shape[axis]),)
        scale, zero = (np.repeat(values, block, axis=axis)[parts] for values in (scale, zero))
    elif scale.ndim == 1 and scale.size > 1:
        shape = [-1 if dimension == axis else 1 for dimension in range(rounded.ndim)]
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return np.asarray((rounded - zero) * scale, np.float32)
