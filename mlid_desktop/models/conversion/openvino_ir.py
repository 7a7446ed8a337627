"""Converts a convolutional OpenVINO IR (version 11) into an ONNX graph with a free batch size."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlid_desktop.models.conversion.checkpoint import Array
from mlid_desktop.models.conversion.graph import Graph

IR_VERSION = "11"
ELEMENT_TYPES = {"f16": "<f2", "f32": "<f4"}
PLAIN = {"Add": "Add", "Multiply": "Mul", "Sigmoid": "Sigmoid", "PReLU": "PRelu"}

Value = str | Array  # a value in the graph, or a constant that has no place in it yet


def convert_ir(structure: bytes, weights: bytes) -> bytes:
    """Converts an OpenVINO IR into an ONNX graph: ``input`` (n, c, h, w) -> ``embedding`` (n, d), from the XML
    ``structure`` and its binary ``weights``.

    ValueError (or KeyError) where the network has a layer that there is no rule for.
    """
    root = _parse(structure)
    origins = _origins(root)
    converter = _Converter(weights)
    for element in root.iterfind("layers/layer"):
        layer = _layer(element)
        operands = [converter.values[origin] for _, origin in sorted(origins.get(layer.id, []))]
        converter.add_layer(layer, operands)
    return converter.graph.serialize()


@dataclass(frozen=True, slots=True)
class _Layer:
    id: str
    kind: str
    data: Mapping[str, str]
    width: str

    def refuse(self, why: str) -> ValueError:
        return ValueError(f"layer {self.id} ({self.kind}): {why}")


def _parse(structure: bytes) -> ET.Element:
    if b"<!" in structure.replace(b"<!--", b""):  # a document type could declare entities that expand without end
        raise ValueError("the structure declares a document type")
    root = ET.fromstring(structure)  # noqa: S314 - pinned bytes, and document types are refused above
    if root.get("version") != IR_VERSION:
        raise ValueError(f"IR version {root.get('version')}, expected {IR_VERSION}")
    return root


def _origins(root: ET.Element) -> dict[str, list[tuple[int, str]]]:
    """For each layer of an OpenVINO IR the layers it takes values from, with the port they arrive at."""
    origins: dict[str, list[tuple[int, str]]] = {}
    for edge in root.iterfind("edges/edge"):
        arrival = (int(edge.attrib["to-port"]), edge.attrib["from-layer"])
        origins.setdefault(edge.attrib["to-layer"], []).append(arrival)
    return origins


def _layer(element: ET.Element) -> _Layer:
    data = element.find("data")
    width = element.findtext("input/port/dim[2]", "")
    return _Layer(element.attrib["id"], element.attrib["type"], {} if data is None else data.attrib, width)


class _Converter:
    """Converts an OpenVINO IR layer by layer; ``values`` holds the output of each layer, by its id."""

    def __init__(self, weights: bytes) -> None:
        self.graph = Graph("openvino")
        self.values: dict[str, Value] = {}
        self._weights = weights

    def add_layer(self, layer: _Layer, operands: list[Value]) -> None:
        """Adds one layer, whose inputs have been added before."""
        match layer.kind:
            case "Parameter":
                self.values[layer.id] = self.graph.input("input", ["n", *_ints(layer.data["shape"])[1:]])
            case "Const":
                self.values[layer.id] = self._constant(layer)
            case "Convert":
                self.values[layer.id] = _converted(layer, operands)
            case "Convolution" | "GroupConvolution":
                self.values[layer.id] = self._convolution(layer, operands)
            case "AvgPool":
                self.values[layer.id] = self._average(layer, operands)
            case "Result":
                flat = self.graph.op("Flatten", *self._as_names(operands), axis=1)
                self.graph.output(flat, "embedding", ["n", int(layer.width)])
            case kind if kind in PLAIN:
                self.values[layer.id] = self.graph.op(PLAIN[kind], *self._as_names(operands))
            case _:
                raise layer.refuse("no rule")

    def _as_names(self, operands: list[Value]) -> list[str]:
        return [operand if isinstance(operand, str) else self.graph.const(operand) for operand in operands]

    def _constant(self, layer: _Layer) -> Array:
        start, size = int(layer.data["offset"]), int(layer.data["size"])
        if not 0 <= start <= start + size <= len(self._weights):
            raise layer.refuse("reaches outside the weights")
        numbers = np.frombuffer(self._weights[start : start + size], ELEMENT_TYPES[layer.data["element_type"]])
        return numbers.reshape(_ints(layer.data["shape"])).astype(np.float32)

    def _convolution(self, layer: _Layer, operands: list[Value]) -> str:
        x, weight = operands
        if not isinstance(x, str) or not isinstance(weight, np.ndarray):
            raise layer.refuse("weights must be constant")
        group = 1
        if layer.kind == "GroupConvolution":  # (group, out, in, h, w)
            group, weight = len(weight), weight.reshape(-1, *weight.shape[2:])
        dilations = _ints(layer.data["dilations"])
        return self.graph.conv(x, weight, dilations=dilations, group=group, **_window(layer))

    def _average(self, layer: _Layer, operands: list[Value]) -> str:
        if layer.data["rounding_type"] != "floor" or layer.data["exclude-pad"] != "true":
            raise layer.refuse("pooling mode")
        (x,) = self._as_names(operands)
        return self.graph.op("AveragePool", x, kernel_shape=_ints(layer.data["kernel"]), **_window(layer))


def _converted(layer: _Layer, operands: list[Value]) -> Array:
    """Handles a precision conversion layer: half precision becomes single when it is read, so that nothing is left to
    do."""
    (value,) = operands
    if not isinstance(value, np.ndarray) or layer.data["destination_type"] != "f32":
        raise layer.refuse("only constants are converted, to f32")
    return value


def _window(layer: _Layer) -> dict[str, Any]:
    if layer.data["auto_pad"] != "explicit":
        raise layer.refuse("automatic padding")
    pads = _ints(layer.data["pads_begin"]) + _ints(layer.data["pads_end"])
    return {"strides": _ints(layer.data["strides"]), "pads": pads}


def _ints(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip()]
