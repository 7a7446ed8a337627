"""MiniFASNet (Minivision, Silent-Face-Anti-Spoofing) as an ONNX graph, from its weights alone."""

from __future__ import annotations

from mlid_desktop.models.conversion.checkpoint import State
from mlid_desktop.models.conversion.graph import Graph, fold_norm, norm_affine

STAGES = (("conv_23", "conv_3"), ("conv_34", "conv_4"), ("conv_45", "conv_5"))
SIDE = 80
CLASSES = 3


def minifasnet(state: State) -> bytes:
    """The MiniFASNet network as an ONNX graph: ``input`` (n, 3, 80, 80) -> ``logits`` (n, 3).

    Widths, depths and whether there are squeeze-and-excitation gates are read off the tensors; strides, which a
    checkpoint does not record, are stated here. KeyError where the weights are those of another network.
    """
    network = _MiniFasNet(state)
    x = network.unit(network.unit(network.input(), "conv1", stride=2), "conv2_dw")
    for reduction, stage in STAGES:
        x = network.stage(network.bottleneck(x, reduction, stride=2), stage)
    return network.finish(network.unit(network.unit(x, "conv_6_sep"), "conv_6_dw"))


class _MiniFasNet:
    def __init__(self, state: State) -> None:
        self.graph = Graph("minifasnet")
        self.state = state

    def input(self) -> str:
        return self.graph.input("input", ["n", 3, SIDE, SIDE])

    def unit(self, x: str, name: str, stride: int = 1) -> str:
        """Adds a convolution with its norm folded in and, where the checkpoint has slopes, PReLU."""
        graph, state = self.graph, self.state
        weight, bias = fold_norm(state[f"{name}.conv.weight"], None, norm_affine(state, f"{name}.bn"))
        margin = 1 if weight.shape[2] == 3 else 0
        group = weight.shape[0] if name.endswith("_dw") else 1
        y = graph.conv(x, weight, bias, strides=[stride] * 2, pads=[margin] * 4, group=group)
        slope = state.get(f"{name}.prelu.weight")
        return y if slope is None else graph.op("PRelu", y, graph.const(slope.reshape(-1, 1, 1)))

    def gate(self, x: str, name: str) -> str:
        """Scales each channel by a number in 0..1 computed from all channel means."""
        graph, state = self.graph, self.state
        y = graph.op("GlobalAveragePool", x)
        for layer, norm, activation in (("fc1", "bn1", "Relu"), ("fc2", "bn2", "Sigmoid")):
            affine = norm_affine(state, f"{name}.{norm}")
            y = graph.op(activation, graph.conv(y, *fold_norm(state[f"{name}.{layer}.weight"], None, affine)))
        return graph.op("Mul", x, y)

    def bottleneck(self, x: str, name: str, stride: int = 1) -> str:
        """Adds a bottleneck: widens, convolves by channel, narrows; gated where the checkpoint has a gate."""
        widened = self.unit(x, f"{name}.conv")
        y = self.unit(self.unit(widened, f"{name}.conv_dw", stride), f"{name}.project")
        return self.gate(y, f"{name}.se_module") if f"{name}.se_module.fc1.weight" in self.state else y

    def stage(self, x: str, name: str) -> str:
        """Adds as many residual bottlenecks as the checkpoint has."""
        block = 0
        while f"{name}.model.{block}.conv.conv.weight" in self.state:
            x = self.graph.op("Add", x, self.bottleneck(x, f"{name}.model.{block}"))
            block += 1
        return x

    def finish(self, x: str) -> bytes:
        """Adds the layers from features to class logits."""
        graph, state = self.graph, self.state
        x = graph.op("Flatten", x, axis=1)
        x = graph.linear(x, *fold_norm(state["linear.weight"], None, norm_affine(state, "bn")))
        graph.output(graph.linear(x, state["prob.weight"]), "logits", ["n", CLASSES])
        return graph.serialize()
