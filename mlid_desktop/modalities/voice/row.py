"""The voice modality's row of the registry."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.modality_facts import ModalityFacts, ModalityTerms, SampleStream
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.domain.translatable import N_
from mlid_desktop.modalities.modality_row import ModalityRow, PipelineMaterials


def open_voice(materials: PipelineMaterials) -> Pipeline:
    """Opens the voice pipeline with the models that are installed; a demo vault, which has built-in models, accepts
    telephone sound too. Raises ModelError."""
    from mlid_desktop.modalities.voice.parameters import VoiceGates  # noqa: PLC0415 - late: start-up
    from mlid_desktop.modalities.voice.pipeline import VoiceSettings, open_succeeding_pipeline  # noqa: PLC0415 - as above

    gates = VoiceGates() if materials.builtin is None else VoiceGates(bandwidth=0.0)
    return open_succeeding_pipeline(materials.models, materials.learnt, VoiceSettings(gates))


VOICE_TERMS = ModalityTerms(
    name=N_("Voice"),
    icon="mic",
    device=N_("Microphone"),
    off=N_("Voices are off: their model files are not installed."),
    not_found=N_("No microphone was found"),
    not_connected=N_("No microphone is connected"),
    connect=N_("Connect a microphone and try again, or go on without a voice: it only supports."),
    plug_in=N_("No microphone is connected. Plug one in and look again."),
    test_it=N_("Next: test the microphone"),
    addresses="file:speech.wav",
    prompt=N_("Say the digits that appear"),
    waiting=N_("One at a time, at your own pace."),
    good=N_("The voice is clear. Once more, with other digits."),
    asked=N_("Voice"),
    agreed_without=N_("The person agrees, without voice"),
    agreed_alone=N_("The person agrees, voice only"),
    usable_now=N_("The microphone can be used now."),
    capture_now=N_("Capture the voice now"),
    collected=N_(
        "You say digits that appear on the screen. The recording is not kept. Where your face is collected as well, "
        "the camera watches your mouth meanwhile; no picture of it is kept."
    ),
    fooled=N_(
        "By a cloned voice, or by all ten digits recorded and put together. That is why a voice alone never opens "
        "anything: it only supports. Whether the lips before the camera move with the speech is shown to the people "
        "at the desk and decides nothing: tried on nine clips, the speech of somebody else seemed "
        "to fit in 27 of 72 cases."
    ),
)
VOICE_ROW = ModalityRow(
    ModalityFacts(
        Modality.VOICE,
        SampleStream.SOUND,
        Hint.KEEP_SPEAKING,
        VOICE_TERMS,
        supports_only=True,
        exceptions=(ExceptionReason.DECLINED, ExceptionReason.DEVICE_ABSENT),
    ),
    open_voice,
    succeeding_role="speaker-embedding",
    models=("speaker-", "voice-"),
)
