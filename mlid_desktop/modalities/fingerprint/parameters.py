"""Every constant of the fingerprint pipeline, with its source. Lengths are pixels at 500 dpi, angles radians."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

RESOLUTION = 500.0  # dpi; minutiae are defined at this resolution (ISO/IEC 19794-2)
MIN_DPI, MAX_DPI = 250.0, 1100.0
MIN_SIDE, MAX_SIDE = 64, 2500
MAX_PIXELS = 4_000_000

# Segmentation: local contrast of the image (Ratha et al. 1995 use the variance across ridges), two ridge periods wide.
CONTRAST_WINDOW = 17
CONTRAST_FLOOR = 9.0
CONTRAST_SHARE = 0.35
MASK_CLOSING, MASK_OPENING = 25, 31
MIN_FOREGROUND = 6000  # pixels: 15 mm2 of skin

# Normalisation (Hong, Wan and Jain 1998, section 2.3).
NORMAL_WINDOW = 41
NORMAL_SPREAD = 0.35

# Orientation field: averaged squared gradients (Kass and Witkin 1987; Bazen and Gerez 2002).
GRADIENT_SIGMA = 1.0
ORIENTATION_SIGMA = 7.0
SMOOTHING_SIGMA = 6.0

# Ridge periods that are tried; people's lie between 3 and 25 px (Maltoni et al., handbook, 3.3).
PERIODS = (7.0, 9.0, 11.5)
PERIOD_SIGMA = 18.0

# Enhancement: a bank of Gabor filters (Hong, Wan and Jain 1998, section 2.6).
ORIENTATIONS = 16
GABOR_SIGMA_ALONG, GABOR_SIGMA_ACROSS = 4.5, 3.5
GABOR_RADIUS = 12

# Minutiae and what is taken for a false one (Maltoni et al., handbook, 3.7.2).
BORDER = 10
SPUR = 8
BRIDGE = 6
CLUSTER = 6
DIRECTION_STEPS = 12
MAX_MINUTIAE = 120
MIN_MINUTIAE = 6
QUALITY_WINDOW_SIGMA = 9.0
MIN_MINUTIA_QUALITY = 0.10

# Minutia Cylinder-Code (Cappelli, Ferrara and Maltoni 2010, table 3).
RADIUS = 70.0
CELLS = 16
SECTIONS = 6
SIGMA_PLACE = 28.0 / 3.0
SIGMA_DIRECTION = 2.0 * pi / 9.0
SIGMOID_MIDDLE, SIGMOID_STEEPNESS = 0.01, 400.0
MIN_CONTRIBUTING = 3
MIN_VALID_SHARE = 0.55
MAX_DIRECTION_DIFFERENCE = pi / 2.0

# Consolidation: local similarity sort with relaxation (same paper, section 3).
MIN_PAIRS, MAX_PAIRS = 4, 12
PAIRS_MIDDLE, PAIRS_STEEPNESS = 20.0, 0.4
RELAX_WEIGHT = 0.5
RELAX_ROUNDS = 5
RELAX_PLACE = (5.0, -1.6)  # pixels
RELAX_DIRECTION = (pi / 12.0, -30.0)
RELAX_RADIAL = (pi / 12.0, -30.0)

# 1:N: how many of the best by the first stage are compared in full.
FIRST_STAGE_KEPT = 60
FIRST_STAGE_MINUTIAE = 32

EXTRACTOR_NAME = "fingerprint-mcc"
EXTRACTOR_VERSION = 1
PAYLOAD_VERSION = 1


@dataclass(frozen=True, slots=True)
class FingerGates:
    """The least of each quality component, 0..100, that a usable sample has (field practice asks 40 overall)."""

    foreground_area: int = 25
    ridge_clarity: int = 15
    minutiae_count: int = 20
    moisture: int = 15
    position: int = 20
