"""The sources that can be chosen, which one is used for what, and whether it counts as live here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.admission import needs_pin
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

DEMO_PEOPLE = 6
SIMULATED = "simulated"  # the scheme of rendered people; a virtual camera is simulated too, under its own scheme
FINGER_SEEDS = 16  # seeds set aside for the fingers of one simulated person
NO_IMAGE = "no_image"
OBSTACLES: Final = {
    "denied": _("this account may not use it: ask the administrator for access"),
    "busy": _("used by another program: close it and look again"),
    "not_ready": _("not ready: wait a moment, or restart the device's own service"),
    NO_IMAGE: _("cannot be used: it compares fingers inside itself and gives no picture"),
}


class Listing(Protocol):
    """A connected source as the station lists it."""

    @property
    def address(self) -> object:
        """The address that opens the source, as text."""
        ...

    @property
    def identity(self) -> DeviceIdentity:
        """The identity of the device."""
        ...

    @property
    def kind(self) -> SourceKind:
        """How far the source can be trusted by itself."""
        ...

    @property
    def modality(self) -> Modality:
        """The modality that the source delivers."""
        ...

    @property
    def state(self) -> object:
        """What keeps the source from being used, as text: a key of the wording's ``DEVICE_STATES``."""
        ...


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A source that can be chosen: ``address`` opens it."""

    address: str
    name: str
    modality: Modality
    kind: SourceKind
    identity: DeviceIdentity
    note: str
    tone: Tone
    registered: bool
    usable: bool = True


def source_choices(
    listed: Sequence[Listing],
    registered: Collection[DeviceIdentity],
    language: Language,
    *,
    demo: bool,
    allows_virtual: bool = False,
) -> tuple[SourceChoice, ...]:
    """Connected devices first; in a demo vault simulated people as well, one seed each. ``allows_virtual``: the policy
    lets virtual devices count that are registered."""
    known = {(device.scheme, device.key) for device in registered if not needs_pin(device)}
    choices = [
        _choice(device, known, language, allows_virtual=allows_virtual)
        for device in listed
        if device.identity.scheme != SIMULATED
    ]
    if demo:
        choices += [
            _simulated(modality, seed, language) for modality in _SIMULATED for seed in range(1, DEMO_PEOPLE + 1)
        ]
    return tuple(choices)


def added_choice(address: str, modality: Modality, identity: DeviceIdentity, language: Language) -> SourceChoice:
    """The choice for a stream or file that the operator named: recorded, whatever it shows."""
    simulated = identity.scheme == SIMULATED
    return SourceChoice(
        address=address,
        name=identity.name,
        modality=modality,
        kind=SourceKind.SIMULATED if simulated else SourceKind.RECORDED,
        identity=identity,
        note=language.text("added by address: counts in demo vaults only"),
        tone=Tone.INFORMATION,
        registered=False,
    )


def choices_for(choices: Sequence[SourceChoice], modality: Modality) -> tuple[SourceChoice, ...]:
    """The sources that deliver this modality."""
    return tuple(choice for choice in choices if choice.modality is modality)


def usable_for(choices: Sequence[SourceChoice], modality: Modality) -> tuple[SourceChoice, ...]:
    """The sources that can be used for this modality: a reader that compares inside itself is listed under Devices and
    nowhere else."""
    return tuple(choice for choice in choices_for(choices, modality) if choice.usable)


def preferred_source(choices: Sequence[SourceChoice], modality: Modality, wanted: str) -> SourceChoice | None:
    """The source to use: the one chosen before where it is still there, else the first; never one that cannot be used
    at all."""
    fitting = usable_for(choices, modality)
    return next((choice for choice in fitting if choice.address == wanted), fitting[0] if fitting else None)


def counting_here(sources: Sequence[SourceChoice | None], *, demo: bool) -> list[SourceChoice]:
    """Those of some sources that count: the registered ones, and in a demo every one."""
    return [choice for choice in sources if choice is not None and (choice.registered or demo)]


def address_for(choice: SourceChoice, characteristic: Characteristic) -> str:
    """The address that delivers this characteristic: a simulated person has ten different fingers."""
    if choice.identity.scheme != SIMULATED or characteristic.position is None:
        return choice.address
    address, _, seed = choice.address.partition("=")
    return f"{address}={int(seed) * FINGER_SEEDS + characteristic.position.iso_code}"


_SIMULATED = {Modality.FACE: "face", Modality.FINGERPRINT: "finger", Modality.VOICE: "voice"}


def _simulated(modality: Modality, seed: int, language: Language) -> SourceChoice:
    target = _SIMULATED[modality]
    return SourceChoice(
        address=f"simulated:{target}?seed={seed}",
        name=language.text("Simulated person {number}", number=seed),
        modality=modality,
        kind=SourceKind.SIMULATED,
        identity=DeviceIdentity(SIMULATED, f"{target}-{seed}", ""),
        note=language.text("simulated: for practice only"),
        tone=Tone.INFORMATION,
        registered=False,
    )


def _choice(
    listing: Listing, registered: Collection[tuple[str, str]], language: Language, *, allows_virtual: bool
) -> SourceChoice:
    refused = listing.kind is SourceKind.VIRTUAL and not allows_virtual
    trusted = not refused and (listing.identity.scheme, listing.identity.key) in registered
    state = str(listing.state)
    if state in OBSTACLES:
        note = language.text(OBSTACLES[state])
    elif refused:
        note = language.text(
            "virtual: a program, or what is plugged in, makes its pictures or sound; counts in demo vaults only"
        )
    elif listing.kind is SourceKind.SIMULATED:
        note = language.text("simulated: for practice only")
    elif trusted:
        note = language.text("registered for this desk: counts as live")
    else:
        note = language.text("not registered: counts as recorded until a supervisor registers it")
    return SourceChoice(
        address=str(listing.address),
        name=listing.identity.name,
        modality=listing.modality,
        kind=listing.kind,
        identity=listing.identity,
        note=note,
        tone=Tone.ACCEPTED if trusted and state not in OBSTACLES else Tone.INCONCLUSIVE,
        registered=trusted,
        usable=state != NO_IMAGE,
    )
