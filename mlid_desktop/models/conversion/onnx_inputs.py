"""Mends ONNX files that list their own weights among the graph's inputs."""

from __future__ import annotations

import onnx


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
