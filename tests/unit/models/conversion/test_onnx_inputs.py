from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from mlid_desktop.models.conversion.onnx_inputs import without_stale_inputs
from tests.unit.models.small import doubling_model


def with_stale_input() -> bytes:
    """The doubling model with its factor among the inputs, and a weight that nothing uses."""
    model = onnx.load_model_from_string(doubling_model())
    model.graph.input.append(helper.make_tensor_value_info("factor", TensorProto.FLOAT, []))
    model.graph.initializer.append(helper.make_tensor("unused", TensorProto.FLOAT, [1], [1.0]))
    return bytes(model.SerializeToString())


def test_weights_are_no_inputs_any_more_and_the_result_is_the_same() -> None:
    mended = without_stale_inputs(with_stale_input())
    assert mended == without_stale_inputs(with_stale_input())
    session = onnxruntime.InferenceSession(mended, providers=["CPUExecutionProvider"])
    assert [port.name for port in session.get_inputs()] == ["x"]
    assert session.run(None, {"x": np.ones((1, 4), np.float32)})[0].tolist() == [[2.0] * 4]
    assert "unused" not in {tensor.name for tensor in onnx.load_model_from_string(mended).graph.initializer}


def test_weights_in_another_file_are_refused() -> None:
    model = onnx.load_model_from_string(doubling_model())
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    with pytest.raises(ValueError, match="another file"):
        without_stale_inputs(model.SerializeToString())
