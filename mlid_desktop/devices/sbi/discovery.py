"""Finds the MOSIP SBI device services that run on this machine, and their fingerprint readers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from mlid_desktop.devices.sbi.http import PORTS, Call, open_ports
from mlid_desktop.devices.sbi.requests import SbiDevice, discovery_request
from mlid_desktop.devices.sbi.responses import MAX_LIST_BYTES, read_discovery
from mlid_desktop.domain.errors import DeviceError

MAX_SERVICES = 16
LISTING_S = 2.0


def find_devices(ports: Sequence[int] = PORTS, patience_s: float = LISTING_S) -> tuple[tuple[int, SbiDevice], ...]:
    """Lists the finger devices of every service on this machine, with their ports, as they list themselves: nothing is
    checked yet.

    A service that does not answer in time, or not as the specification says, is passed over.
    """
    listening = open_ports(ports)[:MAX_SERVICES]
    if not listening:
        return ()
    with ThreadPoolExecutor(len(listening), "mlid-sbi-discovery") as pool:
        found = list(pool.map(lambda port: _listed(port, patience_s), listening))
    return tuple((port, device) for port, devices in zip(listening, found, strict=True) for device in devices)


def _listed(port: int, patience_s: float) -> tuple[SbiDevice, ...]:
    try:
        return read_discovery(
            Call(port, "MOSIPDISC", "/device", discovery_request(), patience_s).answer(MAX_LIST_BYTES)
        )
    except DeviceError:
        return ()
