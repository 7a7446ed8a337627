"""Admits sources: only a device that a supervisor registered for this station counts as live."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from mlid_desktop.devices.catalog import is_signed
from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.domain.ports import Cued, Prompted, Source, Voiced
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import DeviceNotice, SourceItem


def is_registered(device: DeviceIdentity, registered: Collection[DeviceIdentity]) -> bool:
    """Whether this very device was vouched for here; one that signs is its certificate, and none other under the same
    anchor: where none was pinned, it is not."""
    known = {(vouched.scheme, vouched.key): vouched.pin for vouched in registered}
    pin = known.get((device.scheme, device.key))
    return pin is not None and pin == device.pin and (bool(pin) or not is_signed(device.scheme))


def needs_pin(device: DeviceIdentity) -> bool:
    """Whether a registered device signs what it sends and its certificate was never pinned."""
    return is_signed(device.scheme) and not device.pin


class AdmittedSource:
    """A source under the kind that this vault grants it: a live device that is not registered counts as recorded; a
    virtual one stays one, unless the policy lets it count once it is registered."""

    def __init__(self, source: Source, registered: Collection[DeviceIdentity], *, allows_virtual: bool = False) -> None:
        self._source = source
        kind = source.kind
        known = kind in (SourceKind.LIVE, SourceKind.VIRTUAL) and is_registered(source.identity, registered)
        if kind is SourceKind.LIVE and not known:
            kind = SourceKind.RECORDED
        elif kind is SourceKind.VIRTUAL and known and allows_virtual:
            kind = SourceKind.LIVE
        self._kind = kind

    @property
    def identity(self) -> DeviceIdentity:
        """Identity of the admitted device."""
        return self._source.identity

    @property
    def kind(self) -> SourceKind:
        """The kind of source that is stated in every sample."""
        return self._kind

    def samples(self) -> Iterator[SourceItem]:
        """The source's items under the admitted kind."""
        for item in self._source.samples():
            if isinstance(item, DeviceNotice) or item.provenance.kind is self._kind:
                yield item
            else:
                yield replace(item, provenance=replace(item.provenance, kind=self._kind))

    def close(self) -> None:
        """Closes the source; its samples end."""
        self._source.close()


class AdmittedPromptedSource(AdmittedSource):
    """An admitted source that answers prompts."""

    def __init__(
        self,
        source: Source,
        prompted: Prompted,
        registered: Collection[DeviceIdentity],
        *,
        allows_virtual: bool = False,
    ) -> None:
        super().__init__(source, registered, allows_virtual=allows_virtual)
        self._prompted = prompted

    def say(self, digits: Sequence[int]) -> None:
        """Tells the source which digits are shown now. Raises ValueError for what is no digit."""
        self._prompted.say(digits)


class AdmittedCuedSource(AdmittedSource):
    """A source that sees what is asked, which stays one when it is admitted."""

    def __init__(
        self, source: Source, cued: Cued, registered: Collection[DeviceIdentity], *, allows_virtual: bool = False
    ) -> None:
        super().__init__(source, registered, allows_virtual=allows_virtual)
        self._cued = cued

    def show(self, action: FaceAction | None) -> None:
        """This action is asked now."""
        self._cued.show(action)

    def hear(self, loudness: float) -> None:
        """The person speaks so loud now, where the source draws a mouth."""
        if isinstance(self._cued, Voiced):
            self._cued.hear(loudness)


def admit_source(
    source: Source, registered: Collection[DeviceIdentity], *, allows_virtual: bool = False
) -> AdmittedSource:
    """Admits a source under the kind that this vault grants it, keeping its other abilities; ``allows_virtual`` is what
    the policy says of registered devices behind which there is a program or a plug."""
    if isinstance(source, Prompted):
        return AdmittedPromptedSource(source, source, registered, allows_virtual=allows_virtual)
    if isinstance(source, Cued):
        return AdmittedCuedSource(source, source, registered, allows_virtual=allows_virtual)
    return AdmittedSource(source, registered, allows_virtual=allows_virtual)
