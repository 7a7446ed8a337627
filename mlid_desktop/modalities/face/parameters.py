"""All constants of the face pipeline with their sources, and the gates a face capture must pass."""

from __future__ import annotations

from dataclasses import dataclass

from mlid_desktop.domain.quality import Measure

# What a frame may be before anything touches it.
MIN_FRAME_SIDE = 32
MAX_FRAME_PIXELS = 64 * 1024 * 1024

# Detection. Points follow the order of the model's manifest entry.
RIGHT_EYE, LEFT_EYE, NOSE_TIP, RIGHT_MOUTH, LEFT_MOUTH = range(5)
MIRRORED_POINTS = (LEFT_EYE, RIGHT_EYE, NOSE_TIP, LEFT_MOUTH, RIGHT_MOUTH)
DETECTION_STRIDES = (8, 16, 32)
DETECTION_SCORE = 0.6
DETECTION_OVERLAP = 0.3
MAX_LOG_SIZE = 8.0  # a box of e^8 cells is wider than any frame: bounds exp() of an untrusted picture's output
MAX_FACES = 16
MAX_BLOB_SIZES = 8
COARSE_SIDE = 320  # longer side of the first look: finds faces down to about a fifteenth of the frame's width
FINE_SIDE = 1280  # second look where the first finds nothing: down to a sixtieth
CLOSE_UP_SIDE = 160
PATCH_GROWTH, PATCH_SIDE = 2.4, 240  # the part of the frame that the close-ups are taken from, times the face's side
CLOSE_UP_LOOKS = ((2.0, False), (2.0, True), (1.6, False), (2.4, True))  # times the face's side; mirrored or not
LONGEST_STRIDE = 3.0  # frame pixels from one sample of a close-up to the next before it is averaged and not sampled
COARSEST_LOOK = 2.0  # the first look counts as one more where its pixels are at most that much larger
CENTRE_PULL = 4.0  # of several faces, weight = side * exp(-pull * (distance / half diagonal)^2)
BYSTANDER_SHARE = 0.45  # another face counts where its side is at least this share of the chosen one's

# Alignment: where the five points lie in the embedding's input, as fractions of its side (manifest of face-embedding).
ALIGNED_SIDE = 128
ALIGNED_POINTS = (
    (0.31556875, 0.46157411),
    (0.68262292, 0.46157411),
    (0.50026250, 0.64050536),
    (0.34947188, 0.82469196),
    (0.65343646, 0.82469196),
)

# A portrait, ISO/IEC 39794-5: width and height in pixels; the eyes' distance, in widths; their height, from the top.
PORTRAIT_SIZE = (300, 400)
PORTRAIT_EYES = 0.25
PORTRAIT_LEVEL = 0.45
PORTRAIT_GROUND = (225, 225, 225)  # where the frame ends
LONGEST_FACE = 1.25  # eyes to mouth, in distances of the eyes: more than faces have from the front (0.98 on average)

SFACE_SIDE = 112
SFACE_POINTS = (  # manifest of face-embedding-sface
    (0.34191607, 0.46157411),
    (0.65653393, 0.45983393),
    (0.50022500, 0.64050536),
    (0.37097589, 0.82469196),
    (0.63151696, 0.82325089),
)

# Extractors and their templates.
DETECTOR_ROLE = "face-detector-dynamic"
RETAIL_ROLE, SFACE_ROLE = "face-embedding", "face-embedding-sface"
EXTRACTOR_NAME = "face-retail-0095"
EXTRACTOR_VERSION = 2
SFACE_NAME = "face-sface"
SFACE_VERSION = 1
BOTH_NAME = "face-sface-retail-0095"
BOTH_VERSION = 1
BUILTIN_NAME = "face-builtin"
BUILTIN_VERSION = 2
EMBEDDING_SIZE = 256
SFACE_SIZE = 128
PAYLOAD_VERSION = 2
RAW_PAYLOAD_VERSION = 3
COHORT_FILE = "cohort-retail-0095.npz"
BOTH_COHORT_FILE = "cohort-retail-0095-2.npz"
SFACE_COHORT_FILE = "cohort-sface.npz"
MAX_COHORT_BYTES = 512 * 1024
NORM_TOLERANCE = 0.01
# Normalised scores of strangers: mean and standard deviation over the people that the cohort was learnt from.
RETAIL_STRANGERS = (-0.2783, 0.1083)
SFACE_STRANGERS = (-0.2669, 0.1033)
RETAIL_WEIGHT, SFACE_WEIGHT = 0.4, 0.6
NEIGHBOURHOODS = 2  # the nearest of 128: least FNMR at FMR 1e-4 on the half of LFW's training people not learnt from
CROWDING_SHARE = 0.5  # half from either side: the symmetric form

# Pose from the five points, in distances between the eyes: how far the tip of a frontal face's nose lies below the
# eyes (the standard points above) and, roughly, before them.
NOSE_DROP = 0.49
NOSE_DEPTH = 0.55
# The same across, as the points of the detector that is shipped show it, which follow a turned nose less far: the
# median of half of LFW's training people who are turned by 25 to 35 degrees by the pose networks (decision 77).
SHIPPED_NOSE_DEPTH = 0.40

# Mesh (MediaPipe face mesh topology): the points that openings are measured between.
MESH_SIDE = 192
MESH_GROWTH = 1.5
MESH_POINTS = 468
RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS = (33, 133), (362, 263)
INNER_LIPS, OUTER_LIPS = (13, 14), (0, 17)
MOUTH_CORNERS = (61, 291)
MESH_NOSE_TIP = 1
CHIN = 152

# A mouth that is watched while its owner speaks.
SURELY_FACING_DEG, SURELY_CENTRED = 15.0, 0.2  # half of what the gates allow: within, nothing but a cover covers
MOUTH_TURNED = 0.3  # of the nose's place in the plane of eyes and mouth: about 30 degrees
MOUTH_LEAST_EYES = 24.0  # pixels between the eyes
MOUTH_PRESENCE = 0.5  # of a face, to the mesh

# Head pose.
POSE_SIDE = 64
POSE_MEAN, POSE_DIVISOR = 127.5, 128.0
POSE_GROWTH = 1.2  # the pair was trained on boxes of a loose detector

# Liveness: crop scales of the pair, and the scale on which frames are averaged.
LIVENESS_SIDE = 80
LIVENESS_NEAR, LIVENESS_FAR = 2.7, 4.0
LIVENESS_LEAST_GROWTH = 1.35  # of the face's box in the frame: nearer faces are not judged, see docs/face.md
LIVENESS_MIDDLE = -1.0  # log-odds between windows of living people and of attacks, see docs/face.md
LIVENESS_TEMPERATURE = 4.0

# Quality, measured on the aligned face and the close-up.
DARK_FRAME = 20  # mean grey level below which a frame without a face is called dark
BRIGHT_SHARE = 0.95  # under-exposure is judged by the brightest twentieth: highlights tell light from a dark skin
SATURATED_LEVEL = 250
BLUR_LENGTH = 9
# Unified quality: exponents of a product, and how the length of the embedding becomes 0..1. Tuned on lfw_train alone.
RECOGNISABILITY_KNOTS = ((8.0, 0.0), (12.0, 0.5), (17.0, 1.0))
UNIFIED_EXPONENTS = {
    Measure.EYE_DISTANCE: 0.15,
    Measure.YAW: 0.15,
    Measure.PITCH: 0.15,
    Measure.ROLL: 0.15,
    Measure.SHARPNESS: 0.15,
    Measure.UNDER_EXPOSURE: 0.15,
    Measure.OVER_EXPOSURE: 0.15,
    Measure.ILLUMINATION_EVENNESS: 0.15,
    Measure.OCCLUSION: 0.3,
    Measure.CUT_OFF: 0.15,
    Measure.EYES_OPEN: 0.15,
}

# 1:N: up to how many references every one is compared exactly; of more, those whose signs say no less than MARGIN
# standard errors below a score that is reached. What signs say is measured on KNOWN rows; the best TRIED by them, and
# TRIED_EACH for each that is wanted, show which score is reached.
EXACT_UP_TO = 200_000
KNOWN, TRIED, TRIED_EACH = 1024, 512, 8
MARGIN = 3.7
FIRST_ENERGY, ROW_ENERGY = 0.8, 0.95  # of how faces differ: what the first signs tell, and those that look again


@dataclass(frozen=True, slots=True)
class FaceGates:
    """The least a face frame must meet to be usable, in the native units of the quality components.

    The defaults suit webcams at a desk. ``eye_distance`` pixels: the embedding's own input has 47 px between the eyes,
    so that below it nothing is gained; a portrait policy asks 90 (ISO/IEC 39794-5). Angles are degrees, ``roll`` and
    ``yaw`` as in live gates used in the field (FACTS: 15 and 30); the rest are shares 0..1 and levels 0..255.
    """

    faces: float = 1
    face_size: float = 0.15
    face_size_limit: float = 1.2
    eye_distance: float = 48.0
    centring: float = 0.35
    yaw: float = 30.0
    pitch: float = 30.0
    roll: float = 20.0
    sharpness: float = 0.25
    under_exposure: float = 40.0
    over_exposure: float = 0.60
    illumination_evenness: float = 0.30
    occlusion: float = 0.87
    cut_off: float = 0.90
    eyes_open: float = 0.15
    mouth_closed: float = 0.25
    background: float = 0.0
