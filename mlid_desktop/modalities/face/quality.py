"""Quality of a face: sixteen named components and one unified value, 0 to 100 (after ISO/IEC 29794-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mlid_desktop.domain.quality import FAILURE_TO_ASSESS, Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.parameters import FaceGates
from mlid_desktop.modalities.quality_scale import QualityScale

SCALES = (
    QualityScale(Measure.FACE_COUNT, ((1, 100), (2, 50), (4, 0)), Hint.ONE_PERSON),
    QualityScale(
        Measure.FACE_SIZE, ((0.05, 0), (0.15, 50), (0.30, 100), (0.90, 100), (1.2, 50), (1.5, 0)), Hint.COME_CLOSER
    ),
    QualityScale(Measure.EYE_DISTANCE, ((12, 0), (48, 50), (90, 100)), Hint.COME_CLOSER),
    QualityScale(Measure.CENTRING, ((0.05, 100), (0.35, 50), (0.5, 0)), Hint.CENTRE),
    QualityScale(Measure.YAW, ((0, 100), (30, 50), (60, 0)), Hint.TURN_TO_CAMERA),
    QualityScale(Measure.PITCH, ((0, 100), (30, 50), (60, 0)), Hint.TURN_TO_CAMERA),
    QualityScale(Measure.ROLL, ((0, 100), (20, 50), (45, 0)), Hint.LEVEL_HEAD),
    QualityScale(Measure.SHARPNESS, ((0.05, 0), (0.25, 50), (0.55, 100)), Hint.HOLD_STILL),
    QualityScale(Measure.UNDER_EXPOSURE, ((10, 0), (40, 50), (110, 100)), Hint.MORE_LIGHT),
    QualityScale(Measure.OVER_EXPOSURE, ((0, 100), (0.6, 50), (0.9, 0)), Hint.LESS_LIGHT),
    QualityScale(Measure.ILLUMINATION_EVENNESS, ((0.1, 0), (0.3, 50), (0.85, 100)), Hint.EVEN_LIGHT),
    QualityScale(Measure.OCCLUSION, ((0.80, 0), (0.87, 50), (0.93, 100)), Hint.UNCOVER_FACE),
    QualityScale(Measure.CUT_OFF, ((0.6, 0), (0.9, 50), (1.0, 100)), Hint.CENTRE),
    QualityScale(Measure.EYES_OPEN, ((0.10, 0), (0.15, 50), (0.28, 100)), Hint.OPEN_EYES),
    QualityScale(Measure.MOUTH_CLOSED, ((0.02, 100), (0.25, 50), (0.5, 0)), Hint.CLOSE_MOUTH),
    QualityScale(Measure.BACKGROUND, ((2, 100), (12, 50), (30, 0)), Hint.PLAIN_BACKGROUND),
)


def assess(natives: Mapping[Measure, float], embedding_length: float | None, gates: FaceGates) -> Quality:
    """Quality components and unified quality of a face from its measured quantities; ``embedding_length`` is that
    before normalisation, None where the network's lengths say nothing. What was not measured is left out."""
    measured = (_component(scale, natives[scale.measure], gates) for scale in SCALES if scale.measure in natives)
    components = tuple(
        replace(component, hint=_hint_on_what_is_covered(natives))
        if component.measure is Measure.OCCLUSION
        else component
        for component in measured
    )
    return Quality(unified_value(components, embedding_length), components)


def quality_without_face(dark: bool) -> Quality:
    """Quality of a frame in which no face was found: not assessed, with one hint on what to do about it."""
    hint = Hint.MORE_LIGHT if dark else Hint.LOOK_AT_CAMERA
    return Quality(FAILURE_TO_ASSESS, (QualityComponent(Measure.FACE_COUNT, 0, 0.0, hint, passed=False),))


def unified_value(components: tuple[QualityComponent, ...], embedding_length: float | None) -> int:
    """Unified face quality, 0..100, that ranks samples by how well they compare.

    The length of the network's embedding foretells that best (Q. Meng et al., "MagFace", CVPR 2021; the unified score
    of ISO/IEC 29794-5 is made that way). It says little of light and blur, so that the components scale it down: a
    product, so that a bad one cannot be made up for by good ones.
    """
    lengths, levels = zip(*p.RECOGNISABILITY_KNOTS, strict=True)
    recognisable = 1.0 if embedding_length is None else float(np.interp(embedding_length, lengths, levels))
    shares = [max(component.value, 1) / 100 for component in components if component.measure in p.UNIFIED_EXPONENTS]
    exponents = [
        p.UNIFIED_EXPONENTS[component.measure] for component in components if component.measure in p.UNIFIED_EXPONENTS
    ]
    return round(100 * recognisable * float(np.prod(np.power(shares, exponents))))


def meets_gate(measure: Measure, native: float, gates: FaceGates) -> bool:
    """Whether a component's native quantity meets its gate."""
    match measure:
        case Measure.FACE_SIZE:
            return gates.face_size <= native <= gates.face_size_limit
        case Measure.BACKGROUND:
            return gates.background <= 0 or native <= gates.background
    limit: float = getattr(gates, GATE_NAMES[measure])
    return native <= limit if measure in UPPER_GATES else native >= limit


GATE_NAMES = {scale.measure: scale.measure.value for scale in SCALES} | {Measure.FACE_COUNT: "faces"}
UPPER_GATES = {
    Measure.FACE_COUNT,
    Measure.CENTRING,
    Measure.YAW,
    Measure.PITCH,
    Measure.ROLL,
    Measure.OVER_EXPOSURE,
    Measure.MOUTH_CLOSED,
}


def _component(scale: QualityScale, native: float, gates: FaceGates) -> QualityComponent:
    too_near = scale.measure is Measure.FACE_SIZE and native > gates.face_size_limit
    hint = Hint.MOVE_BACK if too_near else scale.hint
    passed = meets_gate(scale.measure, native, gates)
    return QualityComponent(scale.measure, scale.value(native), native, hint, passed, _gate_value(scale, gates))


def _hint_on_what_is_covered(natives: Mapping[Measure, float]) -> Hint:
    """A head that is half turned covers a part of itself, and one at the edge is cut off by the picture: to uncover the
    face is asked of whoever faces the camera."""
    if max(abs(natives.get(Measure.YAW, 0.0)), abs(natives.get(Measure.PITCH, 0.0))) > p.SURELY_FACING_DEG:
        return Hint.TURN_TO_CAMERA
    return Hint.CENTRE if natives.get(Measure.CENTRING, 0.0) > p.SURELY_CENTRED else Hint.UNCOVER_FACE


def _gate_value(scale: QualityScale, gates: FaceGates) -> int:
    """Where the gate of a component lies on its scale; -1 where there is none."""
    if scale.measure is Measure.BACKGROUND and gates.background <= 0:
        return -1
    return scale.value(getattr(gates, GATE_NAMES[scale.measure]))
