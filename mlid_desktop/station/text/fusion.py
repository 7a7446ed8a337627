"""Sentences on the combined decision of several modalities."""

from __future__ import annotations

from mlid_desktop.domain.decisions import Fusion
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import BANDS, meaning_text


def fusion_text(fusion: Fusion, language: Language) -> str:
    """A sentence on the combined result of several modalities, as far as the operator may see it; empty where that is
    nothing."""
    if fusion.meaning is not None:
        return meaning_text(fusion.meaning, language)
    return "" if fusion.band is None else language.text(BANDS[fusion.band])


def fusion_ground(names: str, fusion: Fusion, language: Language) -> str:
    """A sentence on why the combined result was enough; ``names`` are those of the modalities."""
    number = language.number(round(1 / fusion.asked_fmr))
    return language.text(
        "{names} together better than 1 in {number}, as the policy asks, and each above its floor",
        names=names,
        number=number,
    )
