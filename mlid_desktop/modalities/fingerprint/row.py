"""The fingerprint modality's row of the registry."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.modality_facts import ModalityFacts, ModalityTerms, SampleStream
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.translatable import N_
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.modality_row import ModalityRow, PipelineMaterials


def open_fingerprint(materials: PipelineMaterials) -> Pipeline:
    """Opens the fingerprint pipeline with the network for minutiae where it is installed; it needs no model files.
    Raises ModelError."""
    from mlid_desktop.modalities.fingerprint.pipeline import open_succeeding_pipeline  # noqa: PLC0415 - late: start-up

    return open_succeeding_pipeline(materials.models)


FINGERPRINT_TERMS = ModalityTerms(
    name=N_("Finger"),
    icon="finger",
    device=N_("Finger"),
    off=N_("Fingers are off: their model files are not installed."),
    not_found=N_("No fingerprint reader was found"),
    not_connected=N_("No fingerprint reader is connected"),
    connect=N_("Connect a reader and try again, or go on without fingers."),
    plug_in=N_("No fingerprint reader is connected. Plug one in and look again."),
    test_it=N_("Next: test the finger reader"),
    addresses="dir:prints/ · image:a.png",
    waiting=N_("It begins by itself."),
    good=N_("The print is clear and is being captured."),
    asked=N_("Fingers"),
    agreed_without=N_("The person agrees, without fingers"),
    agreed_alone=N_("The person agrees, fingers only"),
    usable_now=N_("The reader can be used now."),
    capture_now=N_("Capture the fingers now"),
    collected=N_("A reader takes pictures of your fingertips. The pictures are not kept."),
    fooled=N_(
        "By a cast of the finger: the picture alone does not show it. The person at the desk looks at the finger."
    ),
)
FINGERPRINT_ROW = ModalityRow(
    ModalityFacts(Modality.FINGERPRINT, SampleStream.TOUCHES, Hint.PLACE_FINGER, FINGERPRINT_TERMS),
    open_fingerprint,
    succeeding_role=p.NETWORK_ROLE,
    models=("fingerprint-",),
)
