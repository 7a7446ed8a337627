"""The pages that the window can show, and how each is called and reached."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mlid_desktop.station.text.language import N_ as _


class PageName(StrEnum):
    """Pages that the window can go to."""

    HOME = "home"
    ENROL = "enrol"
    VERIFY = "verify"
    IDENTIFY = "identify"
    RECORDS = "records"
    DEVICES = "devices"
    ADMINISTRATION = "administration"
    TRANSPARENCY = "transparency"
    FIGURES = "figures"
    SETUP = "setup"
    CHECK_IN = "check_in"


@dataclass(frozen=True, slots=True)
class PageWords:
    """A page's name, key, icon and purpose."""

    name: str
    key: str
    icon: str
    purpose: str = ""


PAGES: Final[dict[PageName, PageWords]] = {
    PageName.HOME: PageWords(_("Home"), "Ctrl+Home", "home"),
    PageName.ENROL: PageWords(
        _("Enrol"), "F2", "enrol", _("Record a person with consent, so that they can be checked later.")
    ),
    PageName.VERIFY: PageWords(_("Verify"), "F3", "verify", _("Check that a person is who they were enrolled as.")),
    PageName.IDENTIFY: PageWords(
        _("Identify"), "F4", "identify", _("Find out who somebody is, among all who are enrolled.")
    ),
    PageName.RECORDS: PageWords(_("Records"), "F5", "records", _("Who is enrolled, since when and with what.")),
    PageName.DEVICES: PageWords(_("Devices"), "F6", "devices"),
    PageName.ADMINISTRATION: PageWords(_("Administration"), "F7", "settings"),
    PageName.TRANSPARENCY: PageWords(_("How good is this?"), "F8", "info"),
    PageName.FIGURES: PageWords(
        _("Figures"), "F10", "chart", _("How many were enrolled and checked, by day, week and month.")
    ),
    PageName.SETUP: PageWords(_("Set up this desk"), "F12", "settings"),
    PageName.CHECK_IN: PageWords(
        _("Check-in"), "F11", "people", _("Check one after another, at a gate or a desk with a queue.")
    ),
}
IN_THE_BAR: Final = (
    PageName.HOME, PageName.ENROL, PageName.VERIFY, PageName.IDENTIFY, PageName.RECORDS, PageName.DEVICES,
    PageName.ADMINISTRATION,
)  # fmt: skip  # a list
BELONGS_TO: Final = {
    PageName.TRANSPARENCY: PageName.HOME, PageName.FIGURES: PageName.HOME, PageName.SETUP: PageName.HOME,
    PageName.CHECK_IN: PageName.HOME,
}  # fmt: skip  # a page without an entry in the bar: reached from this one, to which Esc leads back
ASIDE: Final = (PageName.SETUP, PageName.TRANSPARENCY)  # from the home page, or by their keys
ACTIONS: Final = (PageName.ENROL, PageName.VERIFY, PageName.CHECK_IN)  # what is done with people all day: large at home
FURTHER: Final = (PageName.IDENTIFY, PageName.RECORDS, PageName.FIGURES)  # below them
