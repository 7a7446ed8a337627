"""What the installed models serve for is told as it is: without what looks for attacks, faces serve evaluation."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.templates import Grade
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelState, ModelStore, Presence
from mlid_desktop.station.administration.served_modalities import modality_of_role, served_modalities
from tests.makers import RESOURCES

STATES = ModelStore(Manifest.read(RESOURCES / "models" / "manifest.toml"), RESOURCES / "no models", threads=1).state()
OUT_OF_PACKAGES = ("face-embedding-sface", "fingerprint-minutiae", "speaker-embedding", "voice-activity")
EITHER = {"face-embedding", "face-embedding-sface"}
NEEDED = {
    *("face-detector-dynamic", "face-liveness-near", "face-liveness-far"),
    *("face-mesh", "head-pose-1x1", "head-pose-var"),
}


def with_roles(installed: set[str]) -> list[ModelState]:
    """The state of every model where those that serve these roles are installed."""
    return [
        replace(state, state=Presence.INSTALLED if state.role in installed and state.chosen else Presence.MISSING)
        for state in STATES
    ]


def grade_of(installed: set[str], modality: Modality) -> Grade:
    return next(row.grade for row in served_modalities(with_roles(installed)) if row.modality is modality)


def test_out_of_a_package_index_alone_fingers_and_voices_are_for_operation_and_faces_are_not() -> None:
    served = {row.modality: row for row in served_modalities(with_roles({*OUT_OF_PACKAGES, "face-detector-dynamic"}))}
    assert served[Modality.FACE].grade is Grade.EVALUATION
    assert "minifasnet-v2-2.7.onnx" in served[Modality.FACE].missing
    assert "face-sface-128.onnx" not in served[Modality.FACE].missing
    assert {modality_of_role(state.role) for state in STATES} == set(Modality), "each model counts for one of them"
    missing = {state.file: state.role for state in STATES if state.chosen}
    assert all(modality_of_role(missing[file]) is row.modality for row in served.values() for file in row.missing)
    assert served[Modality.FINGERPRINT].grade is served[Modality.VOICE].grade is Grade.OPERATIONAL


@given(st.sets(st.sampled_from(sorted(NEEDED | EITHER))))
def test_a_face_is_for_operation_where_nothing_that_it_needs_is_missing(installed: set[str]) -> None:
    whole = installed >= NEEDED and bool(installed & EITHER)
    assert (grade_of(installed, Modality.FACE) is Grade.OPERATIONAL) is whole
