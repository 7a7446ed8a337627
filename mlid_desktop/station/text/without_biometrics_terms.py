"""Terms for people who are not captured: why somebody declined, and what was shown instead."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.subjects import DeclineReason, ShownInstead
from mlid_desktop.station.text.language import N_ as _

SHOWN_INSTEAD: Final = {
    ShownInstead.IDENTITY_DOCUMENT: _("identity document"),
    ShownInstead.OTHER_DOCUMENT: _("another document"),
    ShownInstead.RECEIPT: _("receipt and questions"),
    ShownInstead.KNOWN_TO_STAFF: _("known to the staff"),
}

DECLINES: Final = {
    DeclineReason.NOT_STATED: _("None was given"),
    DeclineReason.OTHER_WAY: _("Prefers the way without biometrics"),
    DeclineReason.PRIVACY: _("Does not want such data to be kept"),
    DeclineReason.NOT_NOW: _("Not now"),
    DeclineReason.OTHER: _("Another reason"),
}
