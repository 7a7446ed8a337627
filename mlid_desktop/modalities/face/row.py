"""The face modality's row of the registry."""

from __future__ import annotations

from dataclasses import replace

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.modality_facts import ModalityFacts, ModalityTerms, SampleStream
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.domain.translatable import N_
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.modality_row import BuiltinModels, ExtractorVariant, ModalityRow, PipelineMaterials


def open_face(materials: PipelineMaterials) -> Pipeline:
    """Opens the face pipeline with the model pack; in a demo vault where it is not whole, with the embedding networks
    that are installed, and without any with the built-in models. Raises ModelError."""
    from mlid_desktop.modalities.face import opening  # noqa: PLC0415 - late: start-up

    try:
        return opening.open_succeeding_pipeline(materials.models, materials.learnt, sparing=materials.sparing)
    except ModelError as fault:
        if materials.builtin is None or fault.code is not Code.MODEL_MISSING:
            raise
    try:
        return opening.open_partial_pipeline(
            materials.models, materials.builtin, materials.learnt, sparing=materials.sparing
        )
    except ModelError as fault:
        if fault.code is not Code.MODEL_MISSING:
            raise
        return open_builtin_face(replace(materials, models=materials.builtin))


def open_builtin_face(materials: PipelineMaterials) -> Pipeline:
    """Opens the face pipeline with the built-in models, for evaluation. Raises ModelError."""
    from mlid_desktop.modalities.face.opening import open_builtin_pipeline  # noqa: PLC0415 - late: start-up

    return open_builtin_pipeline(materials.models, materials.learnt)


FACE_TERMS = ModalityTerms(
    name=N_("Face"),
    icon="camera",
    sign="face",
    device=N_("Camera"),
    off=N_("Faces are off: their model files are not installed."),
    not_found=N_("No camera was found"),
    not_connected=N_("No camera is connected"),
    connect=N_("Connect a camera and try again. Enrolled fingers can be checked without one."),
    plug_in=N_("No camera is connected. Plug one in and look again."),
    test_it=N_("Next: test the camera"),
    addresses="rtsp://… · file:clip.mp4",
    waiting=N_("It begins by itself."),
    good=N_("The picture is good and is being captured."),
    asked=N_("Face"),
    agreed_without=N_("The person agrees, without face"),
    agreed_alone=N_("The person agrees, face only"),
    usable_now=N_("The camera can be used now."),
    capture_now=N_("Capture the face now"),
    collected=N_("A camera takes a few pictures while you look at it. The pictures are not kept."),
    fooled=N_(
        "By a good mask, perhaps, or a look-alike. Pictures and screens are looked for in every capture: of "
        "{shown} that were shown, {missed} passed. The person at the desk looks as well."
    ),
    fooled_unchecked=N_(
        "By a picture, a screen or a mask: the models in use do not look for them. The person at the desk looks."
    ),
)
FACE_ROW = ModalityRow(
    ModalityFacts(
        Modality.FACE,
        SampleStream.FRAMES,
        Hint.LOOK_AT_CAMERA,
        FACE_TERMS,
        expects_attack_check=True,
        exceptions=tuple(reason for reason in ExceptionReason if reason is not ExceptionReason.MISSING),
    ),
    open_face,
    BuiltinModels(
        (p.RETAIL_ROLE, p.SFACE_ROLE),
        open_builtin_face,
        ("face-liveness-near", "face-liveness-far", "face-mesh", "head-pose-1x1", "head-pose-var"),
        (p.DETECTOR_ROLE,),
    ),
    variants=(
        ExtractorVariant(
            p.BOTH_NAME,
            (p.RETAIL_ROLE, p.SFACE_ROLE),
            earlier=(p.SFACE_NAME, p.EXTRACTOR_NAME),
            continuity=p.EXTRACTOR_NAME,
        ),
        ExtractorVariant(p.SFACE_NAME, (p.SFACE_ROLE,)),
        ExtractorVariant(p.EXTRACTOR_NAME, (p.RETAIL_ROLE,)),
    ),
    models=("face-", "head-pose-"),
)
