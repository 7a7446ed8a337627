"""What is shown of a fault: what happened, what to do, and which buttons help."""

from __future__ import annotations

from dataclasses import dataclass

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError, MlidError, ModelError
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import terms_of

LAST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class FaultScreen:
    """A fault as a page shows it; ``offers_simulated`` asks for the button that a demo vault has, ``offers_models`` for
    the one that leads to their installation, ``looks_again`` that devices are looked for meanwhile; ``code`` is shown
    in small print for the help desk."""

    icon: str
    title: str
    text: str
    offers_retry: bool
    offers_simulated: bool
    code: str = ""
    offers_models: bool = False
    looks_again: bool = False


def fault_screen(fault: MlidError, modality: Modality, language: Language, *, demo: bool) -> FaultScreen:
    """The screen shown in place of a capture that cannot start or go on."""
    said = sentence(fault, language)
    title, icon = said.happened, "triangle"
    if isinstance(fault, DeviceError) and fault.code is Code.DEVICE_NOT_FOUND:
        title, icon = language.text(terms_of(modality).not_found), terms_of(modality).icon
    return FaultScreen(
        icon=icon,
        title=title,
        text=said.advice,
        code=fault.code.value,
        offers_retry=not isinstance(fault, ModelError),
        offers_simulated=demo and isinstance(fault, DeviceError),
        offers_models=fault.code in (Code.MODEL_MISSING, Code.MODEL_CHANGED),
        looks_again=fault.code is Code.DEVICE_NOT_FOUND,
    )


def no_device_screen(modality: Modality, language: Language, *, demo: bool) -> FaultScreen:
    """The screen where nothing is connected that could deliver this characteristic."""
    terms = terms_of(modality)
    title, text = language.text(terms.not_connected), language.text(terms.connect)
    return FaultScreen(terms.icon, title, text, offers_retry=True, offers_simulated=demo, looks_again=True)


def fault_text(fault: MlidError, language: Language) -> str:
    """What happened and what to do about a fault, and its code in the last line, for the help desk."""
    return f"{sentence(fault, language)}\n{fault.code.value}"


def lock_warning(seconds: float, language: Language) -> str:
    """The warning of how long it is until the vault is locked, to the second in the last ten and in steps of ten
    before, so that a screen reader is not made to count."""
    left = max(1, round(seconds))
    shown = left if left <= LAST_SECONDS else -(-left // LAST_SECONDS) * LAST_SECONDS
    return language.text(
        "Nobody seems to be here: the vault locks in {seconds} s. Any key or a movement of the mouse keeps it open. An "
        "enrolment in progress is kept.",
        seconds=shown,
    )
