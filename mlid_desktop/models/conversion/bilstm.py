"""A stacked bidirectional LSTM speaker encoder (Q. Wang, SpeakerRecognitionFromScratch) as an ONNX graph."""

from __future__ import annotations

import numpy as np

from mlid_desktop.models.conversion.checkpoint import Array, State
from mlid_desktop.models.conversion.graph import Graph


def bilstm_encoder(state: State) -> bytes:
    """The BiLSTM speaker encoder as an ONNX graph: ``mfcc`` (n, t, features) -> ``embedding`` (n, 2 * hidden): the mean
    over time of the last layer's output."""
    graph = Graph("bilstm")
    features, hidden = state["lstm.weight_ih_l0"].shape[1], state["lstm.weight_hh_l0"].shape[1]
    x = graph.op("Transpose", graph.input("mfcc", ["n", "t", features]), perm=[1, 0, 2])
    layer = 0
    while f"lstm.weight_ih_l{layer}" in state:
        inner, outer, *biases = (
            _weights_of_both_directions(state, f"lstm.{kind}_l{layer}")
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        operands = [graph.const(array) for array in (inner, outer, np.concatenate(biases, axis=1))]
        y = graph.op("LSTM", x, *operands, hidden_size=hidden, direction="bidirectional")  # (t, 2, n, hidden)
        x = graph.op("Reshape", graph.op("Transpose", y, perm=[0, 2, 1, 3]), graph.ints(0, 0, 2 * hidden))
        layer += 1
    graph.output(graph.op("ReduceMean", x, axes=[0], keepdims=0), "embedding", ["n", 2 * hidden])
    return graph.serialize()


def _weights_of_both_directions(state: State, name: str) -> Array:
    """Forward and backward tensors, gates reordered from PyTorch's i, f, g, o to the i, o, f, g of ONNX."""
    parts = [np.split(state[name + suffix], 4) for suffix in ("", "_reverse")]
    return np.stack([np.concatenate([i, o, f, g]) for i, f, g, o in parts])
