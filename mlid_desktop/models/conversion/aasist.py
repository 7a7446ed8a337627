"""AASIST (NAVER, clovaai/aasist), a graph attention network over raw speech, as an ONNX graph from its weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mlid_desktop.models.conversion.checkpoint import Array, State
from mlid_desktop.models.conversion.graph import Graph, fold_norm, norm_affine

SAMPLES = 64_600  # about 4 s at 16 kHz
RATE = 16_000
BANDS, TAPS = 70, 129
GRAPH_HEAT, MIXED_HEAT = 2.0, 100.0  # softmax temperatures of the published configuration


def aasist(state: State, size: AasistSize) -> bytes:
    """The AASIST network as an ONNX graph: ``waveform`` (n, 64600) at 16 kHz in -1..1 -> ``logits`` (n, 2): spoofed,
    genuine."""
    return _Aasist(state, size).build()


class AasistSize(NamedTuple):
    """Properties of the published AASIST sizes that tensor shapes do not tell."""

    spectral_keep: float
    temporal_keep: float
    mixed_keep: float


AASIST = AasistSize(0.5, 0.7, 0.5)
AASIST_L = AasistSize(0.4, 0.5, 0.7)


def _sinc_bank() -> Array:
    """Fixed band-pass filters between mel-spaced edges, Hamming windowed: (bands, 1, taps).

    The checkpoint lacks them; the phase is single precision because it was in training.
    """
    single = np.float32
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 2 * 700 * (10 ** (np.linspace(0, top, BANDS + 1)[:, None] / 2595) - 1)
    time = np.arange(TAPS, dtype=single) - single(TAPS // 2)
    phase = (single(np.pi) * (edges.astype(single) * time / single(RATE))).astype(np.float64)
    low_pass = edges / RATE * np.divide(np.sin(phase), phase, out=np.ones_like(phase), where=phase != 0)
    return np.expand_dims((low_pass[1:] - low_pass[:-1]) * np.hamming(TAPS), 1)


class _Aasist:
    """Builds one AASIST graph; ``t`` nodes are time steps, ``s`` nodes frequency bands."""

    def __init__(self, state: State, size: AasistSize) -> None:
        self.state, self.size, self.g = state, size, Graph("aasist")

    def linear(self, x: str, name: str) -> str:
        """Adds the named linear layer to the graph."""
        return self.g.linear(x, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def affinity(self, pairs: str, layer: str, suffix: str, heads: list[str], heat: float) -> str:
        """Adds one attention logit per pair of nodes and head."""
        heads_weight = np.concatenate([self.state[f"{layer}.att_weight{head}"] for head in heads], axis=1)
        hidden = self.g.op("Tanh", self.linear(pairs, f"{layer}.att_proj{suffix}"))
        return self.g.linear(hidden, heads_weight.T.astype(np.float64) / heat)

    def pairs(self, x: str) -> str:
        """Adds the products of every two nodes: (n, k, d) -> (n, k, k, d)."""
        return self.g.op("Mul", *(self.g.op("Unsqueeze", x, self.g.ints(axis)) for axis in (1, 2)))

    def blend(self, attention: str, x: str, own: str, layer: str, suffix: str = "", norm: str = "") -> str:
        """Adds the projection of attended nodes plus that of the node itself, norm folded in."""
        parts = [(self.g.op("MatMul", attention, x), "with"), (own, "without")]
        done = []
        for value, which in parts:
            weight, bias = (self.state[f"{layer}.proj_{which}_att{suffix}.{key}"] for key in ("weight", "bias"))
            if norm:
                scale, shift = norm_affine(self.state, norm)
                weight, bias = fold_norm(weight, bias, (scale, shift if which == "with" else np.zeros_like(shift)))
            done.append(self.g.linear(value, weight, bias))
        return self.g.op("Add", *done)

    def attend(self, x: str, layer: str) -> str:
        """Adds graph attention among nodes of one kind."""
        logits = self.affinity(self.pairs(x), layer, "", [""], GRAPH_HEAT)
        attention = self.g.op("Softmax", self.g.op("Squeeze", logits, self.g.ints(3)), axis=-1)
        return self.g.op("Selu", self.blend(attention, x, x, layer, norm=f"{layer}.bn"))

    def attend_mixed(self, t: str, s: str, master: str, counts: list[int], layer: str) -> list[str]:
        """Adds graph attention over both kinds of nodes with a weight per kind pair; also updates the master node."""
        g = self.g
        x = g.op("Concat", self.linear(t, f"{layer}.proj_type1"), self.linear(s, f"{layer}.proj_type2"), axis=1)
        kind = np.repeat([0, 1], counts)
        head = np.where(kind[:, None] == kind, kind[:, None], 2)  # time-time, band-band, mixed
        logits = self.affinity(self.pairs(x), layer, "", ["11", "22", "12"], MIXED_HEAT)
        chosen = g.op("Mul", logits, g.const(np.eye(3)[head]))
        attention = g.op("Softmax", g.op("ReduceSum", chosen, g.ints(3), keepdims=0), axis=-1)
        to_master = self.affinity(g.op("Mul", x, master), layer, "M", ["M"], MIXED_HEAT)
        to_master = g.op("Transpose", g.op("Softmax", to_master, axis=1), perm=[0, 2, 1])
        master = self.blend(to_master, x, master, layer, "M")
        nodes = g.op("Selu", self.blend(attention, x, x, layer, norm=f"{layer}.bn"))
        return [*g.ops("Split", 2, nodes, g.ints(*counts), axis=1), master]

    def keep_best(self, x: str, count: int, name: str) -> str:
        """Adds a pooling that weighs nodes by a learned score and keeps the ``count`` best, best first."""
        g, width = self.g, self.state[f"{name}.proj.weight"].shape[1]
        score = g.op("Sigmoid", self.linear(x, f"{name}.proj"))
        _, index = g.ops("TopK", 2, score, g.ints(count), axis=1)
        index = g.op("Expand", index, g.ints(1, count, width))
        return g.op("GatherElements", g.op("Mul", x, score), index, axis=1)

    def residual(self, x: str, name: str) -> str:
        """Adds a residual block: two convolutions around SELU plus a shortcut, then a third of the time steps.

        The published model computes this block's first norm and then ignores it; so do we.
        """
        g, state = self.g, self.state
        weight, bias = (state[f"{name}.conv1.{key}"] for key in ("weight", "bias"))
        y = g.conv(x, *fold_norm(weight, bias, norm_affine(state, f"{name}.bn2")), pads=[1, 1, 1, 1])
        y = g.conv(g.op("Selu", y), state[f"{name}.conv2.weight"], state[f"{name}.conv2.bias"], pads=[0, 1, 0, 1])
        if f"{name}.conv_downsample.weight" in state:
            shortcut = [state[f"{name}.conv_downsample.{key}"] for key in ("weight", "bias")]
            x = g.conv(x, *shortcut, pads=[0, 1, 0, 1])
        return g.op("MaxPool", g.op("Add", y, x), kernel_shape=[1, 3], strides=[1, 3])

    def branch(self, t: str, s: str, number: int, counts: list[int]) -> list[str]:
        """Adds a branch of two rounds of mixed attention with pooling between them."""
        g, first, second = self.g, f"HtrgGAT_layer_ST{number}1", f"HtrgGAT_layer_ST{number}2"
        t, s, master = self.attend_mixed(t, s, g.const(self.state[f"master{number}"]), counts, first)
        fewer = [max(int(count * self.size.mixed_keep), 1) for count in counts]
        t = self.keep_best(t, fewer[0], f"pool_hT{number}")
        s = self.keep_best(s, fewer[1], f"pool_hS{number}")
        more = self.attend_mixed(t, s, master, fewer, second)
        return [g.op("Add", *pair) for pair in zip((t, s, master), more, strict=True)]

    def build(self) -> bytes:
        """Builds the whole graph, from waveform to logits."""
        g, state, size = self.g, self.state, self.size
        x = g.op("Unsqueeze", g.input("waveform", ["n", SAMPLES]), g.ints(1))
        x = g.op("Abs", g.conv(x, _sinc_bank()))
        x = g.op("MaxPool", g.op("Unsqueeze", x, g.ints(1)), kernel_shape=[3, 3], strides=[3, 3])
        scale, shift = norm_affine(state, "first_bn")
        x = g.op("Selu", g.op("Add", g.op("Mul", x, g.const(scale)), g.const(shift)))
        bands, steps = BANDS // 3, (SAMPLES - TAPS + 1) // 3
        block = 0
        while f"encoder.{block}.0.conv1.weight" in state:
            x = self.residual(x, f"encoder.{block}.0")
            steps //= 3
            block += 1
        x = g.op("Abs", x)
        s, t = (g.op("Transpose", g.op("ReduceMax", x, axes=[axis], keepdims=0), perm=[0, 2, 1]) for axis in (3, 2))
        s = self.attend(g.op("Add", s, g.const(state["pos_S"])), "GAT_layer_S")
        t = self.attend(t, "GAT_layer_T")
        counts = [max(int(steps * size.temporal_keep), 1), max(int(bands * size.spectral_keep), 1)]
        t, s = self.keep_best(t, counts[0], "pool_T"), self.keep_best(s, counts[1], "pool_S")
        branches = [self.branch(t, s, number, counts) for number in (1, 2)]
        t, s, master = (g.op("Max", *pair) for pair in zip(*branches, strict=True))
        summary = []
        for nodes in (t, s):
            summary.append(g.op("ReduceMax", g.op("Abs", nodes), axes=[1], keepdims=0))
            summary.append(g.op("ReduceMean", nodes, axes=[1], keepdims=0))
        x = g.op("Concat", *summary, g.op("Squeeze", master, g.ints(1)), axis=1)
        g.output(self.linear(x, "out_layer"), "logits", ["n", 2])
        return g.serialize()
