"""Loads one verified model, ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.manifest import FactValue, ModelEntry, Port

if TYPE_CHECKING:
    import onnxruntime

Array = NDArray[Any]

RUNTIME_TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(uint8)": "uint8",
}
ERRORS_ONLY = 3  # onnxruntime's severity: 0 verbose .. 4 fatal


class ModelSession:
    """Runs one model. It has one owner, the inference thread, and takes no lock.

    Inputs are handed to the runtime without a copy as long as they are contiguous and of the right type, so a caller
    that reuses its input buffers saves their allocation. Outputs are the caller's own: writing results into buffers of
    the session instead (IOBinding) gains 2 % at most on these models and would let the next run overwrite a result that
    somebody still holds.
    """

    def __init__(self, entry: ModelEntry, runtime: onnxruntime.InferenceSession) -> None:
        self.entry = entry
        self._run = runtime.run
        self._inputs = tuple(port.name for port in runtime.get_inputs())
        self._outputs = [port.name for port in runtime.get_outputs()]

    def __repr__(self) -> str:
        return f"ModelSession({self.entry.role}, {self.entry.file})"

    @property
    def facts(self) -> Mapping[str, FactValue]:
        """The facts of the manifest on how the model's input is prepared."""
        return self.entry.facts

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the model bytes that were loaded."""
        return self.entry.sha256

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        """Runs the model: outputs for inputs, both in the order of the manifest. ValueError where an input is
        missing."""
        return tuple(self._run(self._outputs, dict(zip(self._inputs, inputs, strict=True))))


def open_session(entry: ModelEntry, verified: bytes, threads: int) -> ModelSession:
    """Opens a session on the verified bytes and warms it.

    Raises ModelError(MODEL_UNUSABLE) where the runtime refuses them, their ports are not those of the manifest, or the
    warming run fails.
    """
    runtime = _start(entry, verified, threads)
    _require_ports(entry, "inputs", entry.inputs, runtime.get_inputs())
    _require_ports(entry, "outputs", entry.outputs, runtime.get_outputs())
    session = ModelSession(entry, runtime)
    if entry.inputs:  # not known for an alternative: neither is a shape that it would take
        _warm(session)
    return session


def _start(entry: ModelEntry, verified: bytes, threads: int) -> onnxruntime.InferenceSession:
    import onnxruntime  # noqa: PLC0415 - late: start-up

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(verified, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # noqa: BLE001 - the runtime's faults share no narrower class
        raise _unusable(entry, type(fault).__name__) from None


def _require_ports(entry: ModelEntry, side: str, expected: tuple[Port, ...], actual: list[Any]) -> None:
    """Compares the ports of the runtime with those expected; ``expected`` is empty for an alternative whose ports the
    manifest does not know."""
    if expected and tuple(_signature(port) for port in expected) != tuple(_signature(_port(port)) for port in actual):
        raise _unusable(entry, f"other {side} than the manifest says")


def _signature(port: Port) -> tuple[str, str, tuple[int | None, ...]]:
    """The part of the ports that must agree: names, types and fixed axes; a free axis may be called anything."""
    return port.name, port.type, tuple(axis if isinstance(axis, int) else None for axis in port.shape)


def _port(node: Any) -> Port:
    """A model's port as the runtime describes it."""
    shape = tuple(axis if isinstance(axis, int) else "?" for axis in node.shape)
    return Port(node.name, RUNTIME_TYPES.get(node.type, node.type), shape)


def _warm(session: ModelSession) -> None:
    """Runs the model once, because the first run plans memory and is several times slower than the next."""
    try:
        session.run(*(_warming_input(port) for port in session.entry.inputs))
    except Exception as fault:  # noqa: BLE001 - as above
        raise _unusable(session.entry, f"warming: {type(fault).__name__}") from None


def _warming_input(port: Port) -> Array:
    shape = port.warm or tuple(axis if isinstance(axis, int) else 1 for axis in port.shape)
    return cast("Array", np.full(shape, port.fill, port.type))


def _unusable(entry: ModelEntry, why: str) -> ModelError:
    return ModelError(Code.MODEL_UNUSABLE, role=entry.role, file=entry.file, why=why)
