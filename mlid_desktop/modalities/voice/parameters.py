"""All constants of the voice pipeline with their sources, and the gates a voice capture must pass."""

from __future__ import annotations

from dataclasses import dataclass

# What sound may be before anything touches it.
RATE = 16_000
MIN_RATE, MAX_RATE = 8_000, 192_000
MAX_SECONDS = 180
MAX_CHANNELS = 8

# Encoder features: the manifest entry of speaker-embedding.
ENCODER_WINDOW, ENCODER_HOP = 2048, 512
ENCODER_BANDS, ENCODER_COEFFICIENTS = 128, 40
ENCODER_FLOOR, ENCODER_RANGE_DB = 1e-10, 80.0
ENCODER_FRAMES = 100

# Frames of everything else: 25 ms every 10 ms.
FRAME, HOP, FFT = 400, 160, 512
PRE_EMPHASIS = 0.97

# Digits.
DIGIT_BANDS, DIGIT_COEFFICIENTS = 23, 13
DIGIT_LOW_HZ, DIGIT_HIGH_HZ = 100.0, 3800.0
DIGIT_FLOOR = 1e-6
DIGIT_LENGTH = 32  # frames that every digit is stretched or squeezed to
LOUDNESS_WEIGHT = 0.5
DELTA_REACH = 2
DEVIATION_FLOOR = 0.05
MIN_DIGIT_FRAMES, MAX_DIGIT_FRAMES = 8, 200  # 0.1 to 2 s
DIGIT_RANGE_DB = 30.0  # a digit lasts while it is no more than this below its loudest frame ...
DIGIT_OVER_NOISE_DB = 6.0  # ... and this much above the noise between the digits
DIGIT_PEAK_DB = 12.0  # its loudest frame stands so far above that noise
DIGIT_GAP_FRAMES = 20  # closures of stops inside a digit last up to 0.15 s
MARK_EARLY_SECONDS = 0.1  # a mark may come a little late

# Prompt check. Tuned on the digits of two speakers of FSDD (george and jackson); see docs/voice.md.
PROMPT_DIGITS = 8
PROMPT_GROUPS = 2
NEAREST_REFERENCES = 2
SHARPNESS = 12.0  # natural log of the share per unit of distance, in distances between takes of one digit
TYPICAL_WITHIN = 1.0  # that distance in normalised cepstra, where a subject has one take of each digit
WITHIN_BOUNDS = (0.5, 2.0)  # what it may be
COMPLETE = 10  # digits an enrolment must hold before others can be told from them

# Voice activity.
VAD_BLOCK, VAD_CONTEXT, VAD_STATE = 512, 64, 128
VAD_START, VAD_END = 0.5, 0.35  # hysteresis as its authors advise
VAD_JOIN_SECONDS, VAD_LEAST_SECONDS, VAD_PAD_SECONDS = 0.2, 0.1, 0.03
ENERGY_RANGE_DB, ENERGY_OVER_NOISE_DB, ENERGY_LEAST_DBFS = 35.0, 9.0, -60.0
SILENCE_DBFS = -120.0

# Encoder.
EXTRACTOR_NAME = "voice-digits-speaker"
EXTRACTOR_VERSION = 1
ENCODER_FINE_STEP = 10  # a window every tenth frame: less chance in where windows begin
ENCODER_LEVELS = (0.5, 1.0, 2.0)  # the first coefficients carry the level: the mean over three says less of it
ENCODER_RMS = 0.06  # level of read speech in the encoder's training data
MIN_SPEECH_SECONDS = 3.2  # one window of the encoder BiLSTM; what a take should hold, whichever encoder there is
MAX_ENCODED_SECONDS = 60
MAX_EMBEDDING = 1024
MAX_EMBEDDING_INPUT_FRAMES = 6000

# Cohort.
COHORT_FILE = "cohort-{}.npz"  # by the first twelve digits of the encoder's SHA-256
MAX_COHORT_BYTES = 2 * 1024 * 1024
MAX_COHORT_ROWS = 2000
NEAREST_COHORT = 20
CROWDING_SHARE = 0.5

# Payload.
PAYLOAD_VERSION = 1
MAX_DIGITS = 64
DIGIT_STEPS = 24.0  # int8 steps to a standard deviation: +-5.3 deviations
NORM_TOLERANCE = 0.02
MAX_CROWDING = 1.0

# Attack detection.
AASIST_SAMPLES = 64_600
MAX_AASIST_WINDOWS = 8
SPEECH_MARGIN_SECONDS = 0.2

# Replay cues.
POP_HZ, POP_BAND_HZ = 90.0, (150.0, 4000.0)
TAIL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class PromptRules:
    """Thresholds of a prompt check, in the scores of ``domain.observations.PromptFinding``. The speaker comparison is
    asked as well where both takes have enough speech for it: see :class:`EncoderScale`."""

    content: float = -0.8
    worst: float = -2.5
    voice: float = -1.2


@dataclass(frozen=True, slots=True)
class EncoderScale:
    """What the numbers of one speaker encoder mean: ``speaker``, the least score of the speaker comparison in a prompt
    check (that of CAM++ was set between speakers of prompted digits, one stranger in twenty reaches that of BiLSTM);
    ``one_voice``, the least cosine between parts of a take of one speaker; ``least_seconds``, the least speech that it
    takes."""

    speaker: float
    one_voice: float
    least_seconds: float


SCALES = {  # by the role of the encoder's model; how they were measured: docs/voice.md
    "speaker-embedding": EncoderScale(speaker=0.5, one_voice=0.45, least_seconds=2.0),
    "speaker-embedding-bilstm": EncoderScale(speaker=0.285, one_voice=0.65, least_seconds=MIN_SPEECH_SECONDS),
}


@dataclass(frozen=True, slots=True)
class AttackScale:
    """How one microphone maps the spoof detector's log-odds to 0..1: 0.5 at ``middle``."""

    middle: float = 0.0
    temperature: float = 2.0


@dataclass(frozen=True, slots=True)
class VoiceGates:
    """The least a voice take must meet to be usable, in the native units of the components: dB below full scale, dB,
    share of samples, seconds, Hz, cosine. ``bandwidth`` 5000 refuses 8 kHz sound and telephones; a demo vault hands in
    0. Below ``signal_to_noise`` prompted digits do not tell who speaks (docs/voice.md)."""

    room_noise: float = -38.0
    signal_to_noise: float = 15.0
    clipping: float = 0.005
    sound_level: float = -45.0
    sound_level_limit: float = -6.0
    speech_length: float = 1.0
    bandwidth: float = 5000.0
    one_voice: float = 0.65
