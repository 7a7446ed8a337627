"""States of devices and models in the top bar, and of the register that the vault is in: a word, an icon and a tool tip
each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.gui.state.source_choices import SourceChoice, preferred_source
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.register.following import FollowedState
from mlid_desktop.station.administration.register.waiting_words import withdrawals_waiting
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import LISTED, terms_of
from mlid_desktop.station.text.terms import MODALITIES

DEVICES: Final = {modality: (terms_of(modality).icon, terms_of(modality).device) for modality in LISTED}
REGISTER_ICON: Final = "records"
UNREGISTERED: Final = _("not registered")
NOT_LIVE: Final = {
    SourceKind.RECORDED: _("recorded"),
    SourceKind.SIMULATED: _("simulated"),
    SourceKind.VIRTUAL: _("simulated"),
}


@dataclass(frozen=True, slots=True)
class Lamp:
    """The state of one modality, or of the register, as it is shown: icon, word, its ``state`` in a word or two, and
    what a screen reader and the tool tip say."""

    icon: str
    word: str
    tone: Tone
    spoken: str
    state: str = ""


GRAVITY: Final = (Tone.REJECTED, Tone.INCONCLUSIVE, Tone.NEUTRAL, Tone.INFORMATION, Tone.ACCEPTED)


def summary(shown: Sequence[Lamp], language: Language) -> tuple[tuple[str, ...], Tone]:
    """What a glance should tell: the state that all share, else the gravest one with whose it is, and how many more are
    out of use; and its tone. In several wordings, the longest first, for where there is less room."""
    if not shown:
        return (), Tone.NEUTRAL
    gravest = min(shown, key=lambda lamp: GRAVITY.index(lamp.tone))
    shared = {lamp.state for lamp in shown} == {gravest.state}
    if shared:
        return (gravest.state,), gravest.tone
    words = said = f"{gravest.word}: {gravest.state}"
    others = sum(lamp.tone in (Tone.REJECTED, Tone.INCONCLUSIVE) for lamp in shown if lamp is not gravest)
    if others:
        words = language.text("{words}, {number} more", words=said, number=others)
    off = language.text("{name}: off", name=gravest.word)
    shortest = off if gravest.tone in (Tone.REJECTED, Tone.INCONCLUSIVE) and gravest.icon != REGISTER_ICON else said
    return tuple(dict.fromkeys((words, said, shortest))), gravest.tone


def lamps(
    choices: Sequence[SourceChoice],
    engine_faults: Mapping[Modality, MlidError | None],
    wanted: Mapping[Modality, str],
    language: Language,
) -> tuple[Lamp, ...]:
    """The state of every modality, one lamp each: a fault of the model comes before one of the device."""
    return tuple(
        _lamp(modality, preferred_source(choices, modality, wanted.get(modality, "")), engine_faults, language)
        for modality in DEVICES
    )


def register_lamp(state: FollowedState, language: Language) -> Lamp:
    """The lamp of the register."""
    text = language.text
    word = text("Register")
    if state.fault is not None:
        warning = f"{word}: {register_warning(state, language)}"
        return Lamp(REGISTER_ICON, word, Tone.INCONCLUSIVE, warning, text("not in step"))
    if state.at is None:
        return Lamp(REGISTER_ICON, word, Tone.NEUTRAL, text("{name}: being asked", name=word), text("being asked"))
    in_step = text("{name}: this desk is in step", name=word)
    return Lamp(REGISTER_ICON, word, Tone.ACCEPTED, in_step, text("ready"))


def register_warning(state: FollowedState, language: Language) -> str:
    """Why the desk is not in step, since when, and what that means here; nothing where it is in step."""
    if state.fault is None:
        return ""
    text, why = language.text, sentence(state.fault, language)
    since = text("not since it was opened") if state.at is None else language.moment(state.at)
    means = text(
        "Last in step: {when}. People are checked here meanwhile; whoever is enrolled is saved once it is back.",
        when=since,
    )
    return f"{why} {means} {withdrawals_waiting(state.waiting, language)}".rstrip()


def _lamp(
    modality: Modality,
    source: SourceChoice | None,
    engine_faults: Mapping[Modality, MlidError | None],
    language: Language,
) -> Lamp:
    icon, name = DEVICES[modality]
    text = language.text
    word = text(name)
    fault = engine_faults.get(modality)
    if fault is not None:
        whose = text(MODALITIES[modality])  # a model's, so that nobody looks for a cable
        state = text("models missing") if fault.code is Code.MODEL_MISSING else text("not usable")
        return Lamp(icon, whose, Tone.REJECTED, f"{whose}: {sentence(fault, language)}", state)
    if source is None:
        missing = text("{name}: not connected", name=word)
        return Lamp(icon, word, Tone.INCONCLUSIVE, missing, text("not connected"))
    if modality not in engine_faults:
        loading = text("{name}: the models are loading", name=word)
        return Lamp(icon, word, Tone.NEUTRAL, loading, text("loading"))
    is_live = source.kind is SourceKind.LIVE
    tone = Tone.ACCEPTED if is_live and source.registered else Tone.INFORMATION
    state = text("ready") if tone is Tone.ACCEPTED else text(UNREGISTERED if is_live else NOT_LIVE[source.kind])
    return Lamp(icon, word, tone, f"{word}: {source.name} · {source.note}", state)
