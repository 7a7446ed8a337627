"""The kind of source in the catalogue that shows or speaks for people who do not exist, one a seed:
``simulated:face?seed=7``."""

from __future__ import annotations

from dataclasses import dataclass

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.source_kind import (
    DeviceKind,
    DeviceListing,
    Opener,
    OpenRequest,
    Prepare,
    prepare_nothing,
)
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind

MAX_SEED = 2**31 - 1
MAX_FRAMES = 1_000_000
MAX_RATE = 120
LISTED_SEED = 7


def open_face(request: OpenRequest) -> Source:
    """Opens the simulated camera of ``simulated:face?seed=7&frames=100&fps=15``. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.simulated.camera import DEFAULT_FPS, SimulatedCamera  # noqa: PLC0415 - drivers are touched when asked for

    address = request.address
    address.require_options({"seed", "frames", "fps"})
    return SimulatedCamera(
        address.integer("seed", 0, 0, MAX_SEED) or 0,
        frames=address.integer("frames", None, 1, MAX_FRAMES),
        fps=address.integer("fps", DEFAULT_FPS, 0, MAX_RATE) or 0,
    )


def prepare_face(address: SourceAddress) -> None:
    """Draws the person of ``simulated:face?seed=7`` once, so that opening the camera shows them at once. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.simulated.camera import prepare_person  # noqa: PLC0415 - drivers are touched when asked for

    prepare_person(address.integer("seed", 0, 0, MAX_SEED) or 0)


def open_finger(request: OpenRequest) -> Source:
    """Opens the simulated reader of ``simulated:finger?seed=7``. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.simulated.fingerprint_reader import open_simulated_reader  # noqa: PLC0415 - drivers are touched when asked for

    return open_simulated_reader(request.address)


def open_voice(request: OpenRequest) -> Source:
    """Opens the simulated microphone of ``simulated:voice?seed=7``. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.simulated.microphone import open_simulated_microphone  # noqa: PLC0415 - drivers are touched when asked for

    return open_simulated_microphone(request.address)


@dataclass(frozen=True, slots=True)
class Simulator:
    """One simulator, for one target of the scheme ``simulated``; ``name`` is that of the listed device."""

    modality: Modality
    name: str
    open: Opener
    prepare: Prepare = prepare_nothing


SIMULATORS = {
    "face": Simulator(Modality.FACE, "Simulated camera", open_face, prepare_face),
    "finger": Simulator(Modality.FINGERPRINT, "Simulated fingerprint reader", open_finger),
    "voice": Simulator(Modality.VOICE, "Simulated microphone", open_voice),
}


def simulator_at(address: SourceAddress) -> Simulator:
    """The simulator that an address names. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    if address.target not in SIMULATORS:
        raise DeviceError(Code.DEVICE_BAD_ADDRESS, what="target")
    return SIMULATORS[address.target]


def list_simulated() -> tuple[DeviceListing, ...]:
    """Lists one device of each simulator."""
    return tuple(
        DeviceListing(
            SourceAddress("simulated", target, (("seed", str(LISTED_SEED)),)),
            DeviceIdentity("simulated", f"{target}-{LISTED_SEED}", simulator.name),
            SourceKind.SIMULATED,
            simulator.modality,
        )
        for target, simulator in SIMULATORS.items()
    )


KINDS = (
    DeviceKind(
        ("simulated",),
        lambda address: (simulator_at(address).modality,),
        lambda request: simulator_at(request.address).open(request),
        list_simulated,
        self_paced=True,
        prepare=lambda address: simulator_at(address).prepare(address),
    ),
)
