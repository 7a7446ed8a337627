"""The CAM++ speaker encoder (3D-Speaker) as an ONNX graph, its weights stored at half precision."""

from __future__ import annotations

import numpy as np

from mlid_desktop.models.conversion.checkpoint import Array, State
from mlid_desktop.models.conversion.graph import NORM_EPSILON, Graph, fold_norm, norm_affine

BANDS = 80
CHANNELS = 32  # of the two-dimensional layers in front
BLOCKS = ((12, 1), (24, 2), (16, 2))  # how many dense layers, and the dilation of their convolutions
SEGMENT_FRAMES = 100  # the context mask looks at the whole and at segments of this length
FLOAT = 1  # onnx.TensorProto.FLOAT


def campplus(state: State) -> bytes:
    """CAM++ as an ONNX graph: ``fbank`` (n, t, 80), less each band's mean over time -> ``embedding`` (n, 192)."""
    network = _CampplusNetwork(state)
    x = network.front(network.graph.input("fbank", ["n", "t", BANDS]))
    for number, (layers, dilation) in enumerate(BLOCKS, 1):
        x = network.block(x, number, layers, dilation)
    return network.finish(x)


class _CampplusNetwork:
    """The layers of CAM++, each appended to the graph as it is called; names are those of the checkpoint."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.graph = Graph("campplus", half_weights=True)

    def front(self, x: str) -> str:
        """Residual layers over time and frequency, then one over time: (n, t, bands) -> (n, channels, t / 2)."""
        graph = self.graph
        x = graph.op("Unsqueeze", graph.op("Transpose", x, perm=[0, 2, 1]), graph.ints(1))
        x = self._convolve(x, "head.conv1", "head.bn1")
        for layer in ("head.layer1", "head.layer2"):
            x = self._residual(x, f"{layer}.0", (2, 1))
            x = self._residual(x, f"{layer}.1", (1, 1))
        x = self._convolve(x, "head.conv2", "head.bn2", (2, 1))
        x = graph.op("Reshape", x, graph.ints(0, CHANNELS * (BANDS // 8), -1))
        weight = self._state["xvector.tdnn.linear.weight"]
        norm = norm_affine(self._state, "xvector.tdnn.nonlinear.batchnorm")
        return graph.op("Relu", graph.conv(x, *fold_norm(weight, None, norm), strides=[2], pads=[2, 2]))

    def block(self, x: str, number: int, layers: int, dilation: int) -> str:
        """Dense layers, each given all before it, then one that halves the channels."""
        graph, state = self.graph, self._state
        for layer in range(1, layers + 1):
            name = f"xvector.block{number}.tdnnd{layer}"
            y = self._norm(x, f"{name}.nonlinear1.batchnorm")
            inner = norm_affine(state, f"{name}.nonlinear2.batchnorm")
            y = graph.op("Relu", graph.conv(y, *fold_norm(state[f"{name}.linear1.weight"], None, inner)))
            x = graph.op("Concat", x, self._masked(y, f"{name}.cam_layer", dilation), axis=1)
        name = f"xvector.transit{number}"
        return graph.conv(self._norm(x, f"{name}.nonlinear.batchnorm"), state[f"{name}.linear.weight"])

    def finish(self, x: str) -> bytes:
        """Mean and deviation over time, then the embedding."""
        graph, state = self.graph, self._state
        x = self._norm(x, "xvector.out_nonlinear.batchnorm")
        mean = graph.op("ReduceMean", x, axes=[2], keepdims=1)
        apart = graph.op("Sub", x, mean)
        squares = graph.op("ReduceSum", graph.op("Mul", apart, apart), graph.ints(2), keepdims=1)
        frames = graph.op("Cast", self._length(x), to=FLOAT)
        freedom = graph.op("Sub", frames, graph.const(np.ones(1, np.float32)))
        deviation = graph.op("Sqrt", graph.op("Div", squares, freedom))
        weight = state["xvector.dense.linear.weight"]
        x = graph.conv(graph.op("Concat", mean, deviation, axis=1), weight)
        name = "xvector.dense.nonlinear.batchnorm"
        scale = 1 / np.sqrt(state[f"{name}.running_var"].astype(np.float64) + NORM_EPSILON)  # without a learnt affine
        x = self._affine(x, scale, -state[f"{name}.running_mean"].astype(np.float64) * scale)
        graph.output(graph.op("Squeeze", x, graph.ints(2)), "embedding", ["n", weight.shape[0]])
        return graph.serialize()

    def _convolve(
        self, x: str, layer: str, norm: str, stride: tuple[int, int] = (1, 1), pad: int = 1, *, rectified: bool = True
    ) -> str:
        weight, bias = fold_norm(self._state[f"{layer}.weight"], None, norm_affine(self._state, norm))
        y = self.graph.conv(x, weight, bias, strides=list(stride), pads=[pad] * 4)
        return self.graph.op("Relu", y) if rectified else y

    def _residual(self, x: str, name: str, stride: tuple[int, int]) -> str:
        y = self._convolve(x, f"{name}.conv1", f"{name}.bn1", stride)
        y = self._convolve(y, f"{name}.conv2", f"{name}.bn2", rectified=False)
        if f"{name}.shortcut.0.weight" in self._state:
            x = self._convolve(x, f"{name}.shortcut.0", f"{name}.shortcut.1", stride, 0, rectified=False)
        return self.graph.op("Relu", self.graph.op("Add", y, x))

    def _masked(self, x: str, name: str, dilation: int) -> str:
        """A convolution over time, each channel damped by a mask made of the mean of the whole and of segments."""
        graph, state = self.graph, self._state
        local = graph.conv(x, state[f"{name}.linear_local.weight"], pads=[dilation] * 2, dilations=[dilation])
        window = {"kernel_shape": [SEGMENT_FRAMES], "strides": [SEGMENT_FRAMES], "ceil_mode": 1}
        segments = graph.op("Unsqueeze", graph.op("AveragePool", x, **window, count_include_pad=0), graph.ints(3))
        spread = graph.op("Expand", segments, graph.ints(1, 1, 1, SEGMENT_FRAMES))
        spread = graph.op("Reshape", spread, graph.ints(0, 0, -1))
        spread = graph.op("Slice", spread, graph.ints(0), self._length(x), graph.ints(2))
        context = graph.op("Add", spread, graph.op("ReduceMean", x, axes=[2], keepdims=1))
        for layer, activation in (("linear1", "Relu"), ("linear2", "Sigmoid")):
            context = graph.conv(context, state[f"{name}.{layer}.weight"], state[f"{name}.{layer}.bias"])
            context = graph.op(activation, context)
        return graph.op("Mul", local, context)

    def _norm(self, x: str, name: str) -> str:
        return self.graph.op("Relu", self._affine(x, *norm_affine(self._state, name)))

    def _affine(self, x: str, scale: Array, shift: Array) -> str:
        graph = self.graph
        scaled = graph.op("Mul", x, graph.const(scale.reshape(-1, 1)))
        return graph.op("Add", scaled, graph.const(shift.reshape(-1, 1)))

    def _length(self, x: str) -> str:
        return self.graph.op("Slice", self.graph.op("Shape", x), self.graph.ints(2), self.graph.ints(3))
