"""Sentences for the deviations of minutiae records from their standard."""

from __future__ import annotations

from typing import Final

from mlid_desktop.modalities.fingerprint.minutiae_records.record import Leniency
from mlid_desktop.station.text.language import N_ as _

LENIENCIES: Final[dict[Leniency, str]] = {
    Leniency.TEXT: _("The record was stored as text and was decoded."),
    Leniency.PADDING: _("The record goes on with empty bytes after its end; they were left out."),
    Leniency.LENGTH: _("The record states a wrong length; it was read to its end."),
    Leniency.POSITION: _("The record names no single finger of the standard's ten."),
    Leniency.RESOLUTION_GIVEN: _("The record states no resolution; the one that you gave was taken."),
    Leniency.RESOLUTION_PER_INCH: _("The record states its resolution per inch instead of per centimetre."),
    Leniency.MINUTIA_TYPE: _("The record has minutiae of a type that the standard does not know."),
    Leniency.QUALITY: _("The record states a quality that the standard does not know; it was left out."),
    Leniency.NO_EXTENSIONS: _("The record ends without the length of its extended data; there are none."),
    Leniency.EXTENSIONS: _("The record's extended data cannot be read; they were left out."),
}
