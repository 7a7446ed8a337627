"""The minutiae network LEADER (Cappelli and Ferrara 2026), written anew as a small ONNX graph of the weights in the
published one, which a general converter made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import numpy_helper

from mlid_desktop.models.conversion.checkpoint import Array
from mlid_desktop.models.conversion.graph import Graph

OPSET = 20  # the first with Gelu
EPSILON = 1e-3  # Keras's of a layer normalisation
CONTEXT_STEPS, REFINEMENT_STEPS = range(4), range(4)
ATTENTION_DILATIONS = (1, 3, 6)
SAME = "SAME_UPPER"
HALVED = {"kernel_shape": [2, 2], "strides": [2, 2]}
SUPPRESSION = 7  # pixels: within these only the strongest point stays
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]  # channels moved


def leader(source: bytes) -> bytes:
    """LEADER as an ONNX graph: ``image`` (n, 1, h, w) grey 0..255 at 500 dpi, sides of multiples of 32 ->
    ``minutiae`` (n, 4, h, w): quality where a minutia is and 0 elsewhere, cosine and sine of its direction up to a
    common factor, and how likely it is an ending. The arithmetic is that of the published graph, without its detours.
    """
    network = _LeaderNetwork(_read_weights(source))
    image = network.graph.input("image", ["n", 1, "h", "w"])
    return network.finish(network.refine(network.look_around(image), image))


@dataclass(frozen=True, slots=True, eq=False)
class _Weights:
    """By layer: convolutions (out, in, rows, columns), the depthwise ones apart, biases, and scale and shift of
    normalisations."""

    convolution: Mapping[str, Array] = field(repr=False)
    depthwise: Mapping[str, Array] = field(repr=False)
    bias: Mapping[str, Array] = field(repr=False)
    scale: Mapping[str, Array] = field(repr=False)
    shift: Mapping[str, Array] = field(repr=False)


def _read_weights(source: bytes) -> _Weights:
    graph = onnx.load_model_from_string(source).graph
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    made: tuple[dict[str, Array], ...] = ({}, {}, {}, {}, {})
    convolution, depthwise, bias, scale, shift = made
    feeds = {name: node for node in graph.node for name in node.input}
    for node in graph.node:
        held = [constants[name] for name in node.input if name in constants]
        layer = _layer(node.output[0])
        if node.op_type == "Conv":
            layer = layer or _layer(feeds[node.output[0]].output[0])
            (depthwise if _is_depthwise(node) else convolution)[layer] = held[0]
            if len(held) > 1:
                bias[layer] = held[1]
        elif node.op_type == "Add" and node.output[0].endswith("/BiasAdd:0"):
            bias[layer] = held[0].reshape(-1)
        elif layer.endswith("_ln") and node.output[0].endswith("_ln_1/mul:0"):
            scale[layer] = held[0].reshape(-1)
        elif layer.endswith("_ln") and node.output[0].endswith("_ln_1/add_1:0"):
            shift[layer] = held[0].reshape(-1)
    return _Weights(*made)


def _layer(value: str) -> str:
    """The Keras layer that a value of the published graph belongs to; "" where its name does not tell."""
    parts = value.split("/")
    return parts[1].removesuffix("_1") if len(parts) > 2 else ""


def _is_depthwise(node: onnx.NodeProto) -> bool:
    return any(attribute.name == "group" and attribute.i > 1 for attribute in node.attribute)


class _LeaderNetwork:
    """The layers of LEADER, each appended to the graph as it is called; names are those of its authors."""

    def __init__(self, weights: _Weights) -> None:
        self._weights = weights
        self.graph = Graph("leader", opset=OPSET)

    def look_around(self, image: str) -> str:
        """The first encoder and decoder, which see far, and the gate that they make: (n, 32, h / 2, w / 2)."""
        graph = self.graph
        x, skipped = graph.op("MaxPool", self._stem("stem0", image), **HALVED), []
        for step in CONTEXT_STEPS:
            x = self._separable(f"enc0_{step}", x)
            skipped.append(x)
            x = self._halved(x, self._channels(f"enc0_{step}_conv"))
        for step in reversed(CONTEXT_STEPS):
            x = graph.op("Concat", self._doubled(self._separable(f"dec0_{step}", x)), skipped[step], axis=1)
        seen = [self._gelu(self._dilated(f"attention_conv_d{by}", x, by)) for by in ATTENTION_DILATIONS]
        gate = graph.op("Sigmoid", self._convolve("attention_s", graph.op("Concat", *seen, axis=1)))
        return graph.op("Mul", x, gate)

    def refine(self, x: str, image: str) -> str:
        """The second encoder and decoder, which see finely: (n, 52, h / 2, w / 2)."""
        graph, skipped = self.graph, []
        x = graph.op("Concat", x, graph.op("AveragePool", self._stem("stem1", image), **HALVED), axis=1)
        for step in REFINEMENT_STEPS:
            x = self._bottleneck(f"enc1_{step}", x)
            skipped.append(x)
            x = self._halved(x, self._channels(f"enc1_{step}_conv_adj"))
        for step in reversed(REFINEMENT_STEPS):
            x = graph.op("Concat", self._doubled(self._bottleneck(f"dec1_{step}", x)), skipped[step], axis=1)
        return x

    def finish(self, x: str) -> bytes:
        """The three heads, and the strongest point of each neighbourhood."""
        graph = self.graph
        present = graph.op("Sigmoid", self._convolve("head_conv_pos", self._head(0, x)))
        direction = self._convolve("head_conv_dir", self._head(1, x))
        ending = graph.op("Sigmoid", self._convolve("head_conv_typ", self._head(2, x)))
        spread = graph.conv(present, self._weights.convolution["nms_Gaussian_blur"], auto_pad=SAME)
        window = {"kernel_shape": [SUPPRESSION] * 2, "strides": [1, 1], "pads": [SUPPRESSION // 2] * 4}
        strongest = graph.op("Equal", spread, graph.op("MaxPool", spread, **window))
        quality = graph.op("Mul", spread, graph.op("Cast", strongest, to=onnx.TensorProto.FLOAT))
        graph.output(graph.op("Concat", quality, direction, ending, axis=1), "minutiae", ["n", 4, "h", "w"])
        return graph.serialize()

    def _head(self, number: int, x: str) -> str:
        name = f"head_{number}"
        x = self._convolve(f"{name}_conv1", self._doubled(self._bottleneck(f"{name}_ibc", x)))
        x = self.graph.op("Transpose", self._norm(name, x), perm=TO_FIRST)
        return self._gelu(self._convolve(f"{name}_conv2", x))

    def _stem(self, name: str, image: str) -> str:
        near, wide = self._convolve(f"{name}_conv", image), self._dilated(f"{name}_dilated_conv", image, 2)
        return self._normed_gelu(name, self.graph.op("Concat", near, wide, axis=1))

    def _separable(self, name: str, x: str) -> str:
        return self._normed_gelu(name, self._convolve(f"{name}_conv", self._depthwise(f"{name}_conv", x)))

    def _bottleneck(self, name: str, x: str) -> str:
        """Widened to four times the channels and narrowed again, channels last, and added to what it was made of."""
        graph, weights = self.graph, self._weights
        wide = self._norm(name, self._depthwise(f"{name}_depthwise_conv", x))
        for layer in ("conv_exp", "conv_red"):
            kernel = weights.convolution[f"{name}_{layer}"][:, :, 0, 0]
            wide = graph.linear(wide, kernel, weights.bias[f"{name}_{layer}"])
            wide = self._gelu(wide) if layer == "conv_exp" else wide
        return self._convolve(f"{name}_conv_adj", graph.op("Add", x, graph.op("Transpose", wide, perm=TO_FIRST)))

    def _normed_gelu(self, name: str, x: str) -> str:
        return self.graph.op("Transpose", self._gelu(self._norm(name, x)), perm=TO_FIRST)

    def _norm(self, name: str, x: str) -> str:
        """Layer normalisation over the channels, which come out last."""
        graph, layer = self.graph, f"{name}_ln"
        scale, shift = graph.const(self._weights.scale[layer]), graph.const(self._weights.shift[layer])
        last = graph.op("Transpose", x, perm=TO_LAST)
        return graph.op("LayerNormalization", last, scale, shift, axis=-1, epsilon=EPSILON)

    def _gelu(self, x: str) -> str:
        return self.graph.op("Gelu", x, approximate="tanh")

    def _convolve(self, name: str, x: str) -> str:
        return self.graph.conv(x, self._weights.convolution[name], self._weights.bias[name], auto_pad=SAME)

    def _dilated(self, name: str, x: str, by: int) -> str:
        weight = self._weights.convolution[name]
        pads = [by * (weight.shape[2] // 2)] * 4
        return self.graph.conv(x, weight, self._weights.bias[name], dilations=[by] * 2, pads=pads)

    def _depthwise(self, name: str, x: str) -> str:
        weight = self._weights.depthwise[name]
        return self.graph.conv(x, weight, group=weight.shape[0], auto_pad=SAME)

    def _halved(self, x: str, channels: int) -> str:
        """Half the size: the first half of the channels by their maximum, the others by their mean."""
        graph = self.graph
        first, second = graph.ops("Split", 2, x, graph.ints(channels // 2, channels - channels // 2), axis=1)
        strongest, mean = graph.op("MaxPool", first, **HALVED), graph.op("AveragePool", second, **HALVED)
        return graph.op("Concat", strongest, mean, axis=1)

    def _doubled(self, x: str) -> str:
        scales = self.graph.const(np.array([1, 1, 2, 2], np.float32))
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.graph.op("Resize", x, "", scales, **how)

    def _channels(self, name: str) -> int:
        return int(self._weights.convolution[name].shape[0])
