"""The section of the models warns of what is needed and missing, by modality, and of nothing else."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.templates import Grade
from mlid_desktop.gui.administration.section.recognition_presenter import models_condition
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.served_modalities import ServedModality
from mlid_desktop.station.text.language import open_language

ENGLISH = open_language(Path(), "en")


def test_what_is_missing_is_counted_by_modality_and_what_is_optional_is_no_alarm() -> None:
    face = ServedModality(Modality.FACE, Grade.EVALUATION, tuple(f"{number}.onnx" for number in range(8)))
    voice = ServedModality(Modality.VOICE, Grade.OPERATIONAL)
    lacking = models_condition((face, voice), 15, ENGLISH)
    assert (lacking.tone, lacking.words) == (Tone.INCONCLUSIVE, "Face: 8 models that it needs are missing.")
    optional = models_condition((voice,), 7, ENGLISH)
    assert (optional.tone, optional.words) == (Tone.ACCEPTED, "Everything that is needed is installed.")
    assert optional.why == "7 optional models are missing."
    assert models_condition((voice,), 0, ENGLISH).words == "All models are installed."
