"""The pages that the window can show, and how each is called and reached."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mlid_desktop.station.text.language import N_ as _


class Place(StrEnum):
    """Pages that the window can go to."""

    HOME = "home"
    ENROL = "enrol"
    VERIFY = "verify"
    IDENTIFY = "identify"
    RECORDS = "records"
    DEVICES = "devices"
    ADMINISTRATION = "administration"
    TRANSPARENCY = "transparency"


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """A page's name, key, icon and purpose."""

    name: str
    key: str
    icon: str
    purpose: str = ""


PLACES: Final[dict[Place, PlaceWords]] = {
    Place.HOME: PlaceWords(_("Home"), "Ctrl+Home", "home"),
    Place.ENROL: PlaceWords(
        _("Enrol"), "F2", "enrol", _("Record a person with consent, so that they can be checked later.")
    ),
    Place.VERIFY: PlaceWords(_("Verify"), "F3", "verify", _("Check that a person is who they were enrolled as.")),
    Place.IDENTIFY: PlaceWords(_("Identify"), "F4", "identify", _("Search for a person among all who are enrolled.")),
    Place.RECORDS: PlaceWords(_("Records"), "F5", "records", _("Who is enrolled, since when and with what.")),
    Place.DEVICES: PlaceWords(_("Devices"), "F6", "devices"),
    Place.ADMINISTRATION: PlaceWords(_("Administration"), "F7", "settings"),
    Place.TRANSPARENCY: PlaceWords(_("How good is this?"), "F8", "info"),
}
IN_THE_BAR: Final = (
    Place.HOME, Place.ENROL, Place.VERIFY, Place.IDENTIFY, Place.RECORDS, Place.DEVICES, Place.ADMINISTRATION,
)  # fmt: skip  # the last where there is room: it is reached from the home page as well
ASIDE: Final = (Place.ADMINISTRATION, Place.TRANSPARENCY)  # from the home page, or by their keys
ACTIONS: Final = (Place.ENROL, Place.VERIFY, Place.IDENTIFY, Place.RECORDS)
