"""What differs from modality to modality besides the pipeline, as one row each: how its samples come, what it may do,
and the words for it. The rows themselves stand in ``modalities``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.subjects import ExceptionReason


class SampleStream(StrEnum):
    """How a source delivers the samples of a modality: camera frames, of which the newest counts; touches of a reader,
    each when a person makes it; or sound, of which every block counts and takes answer a prompt."""

    FRAMES = "frames"
    TOUCHES = "touches"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class ModalityTerms:
    """The texts and the icon of one modality: sentences of the catalogue, in English as they are marked, and the name
    of the icon.

    ``name`` is the characteristic, ``device`` what delivers it; ``sign`` is the icon of the characteristic where that
    of its device stands for something else. ``off`` says that its models are missing, ``not_found`` and
    ``not_connected`` that there is no such device, ``connect`` what to do about that in a capture and ``plug_in`` in
    the list of devices; ``test_it`` leads to its test. ``addresses`` are examples of what can be typed there.
    ``prompt`` (empty: that of the first hint) and ``waiting`` are shown before the first sample, ``good`` while all is
    well. ``collected`` and ``fooled`` tell people how it is collected and how it can be fooled, with the blanks
    ``shown`` and ``missed`` where attacks were tried; ``fooled_unchecked`` where nothing looks for attacks.
    ``asked`` is what a person ticks who agrees to give it, ``agreed_without`` and ``agreed_alone`` the consent
    without it and to it alone; ``usable_now`` says that its device came late, ``capture_now`` leads back to its
    capture then.
    """

    name: str
    icon: str
    device: str
    off: str
    not_found: str
    not_connected: str
    connect: str
    plug_in: str
    test_it: str
    addresses: str
    waiting: str
    good: str
    collected: str
    fooled: str
    asked: str
    agreed_without: str
    agreed_alone: str
    usable_now: str
    capture_now: str
    prompt: str = ""
    sign: str = ""
    fooled_unchecked: str = ""


@dataclass(frozen=True, slots=True)
class ModalityFacts:
    """Facts about one modality. ``first_hint`` is what the person is asked for before anything is seen.
    ``supports_only``: it never decides by itself (``decision`` refuses policies that would let it).
    ``expects_attack_check``: that nothing looked for attacks is worth saying. ``exceptions`` are the reasons why it may
    not be captured that can be true of it."""

    modality: Modality
    stream: SampleStream
    first_hint: Hint
    terms: ModalityTerms
    supports_only: bool = False
    expects_attack_check: bool = False
    exceptions: tuple[ExceptionReason, ...] = tuple(ExceptionReason)
