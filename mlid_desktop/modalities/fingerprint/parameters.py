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
CONTRAST_SIGMA = 0.7  # takes the noise of single pixels away first
CONTRAST_FLOOR = 9.0
PALE_FLOOR, PALE_COHERENCE = 3.0, 0.25  # a pale print: weak, but one way; 99 % of noise of ridges' grain is below
CONTRAST_SHARE = 0.35
MASK_CLOSING, MASK_OPENING = 25, 31
NARROW_CLOSING = 3  # where what is shown is larger than a finger: two that nearly touch
MIN_FOREGROUND = 6000  # pixels: 15 mm2 of skin
SECOND_FINGER = 0.3  # of the largest piece's area; what is left over beside one finger stays under 0.14 (FVC B sets)
# Pieces of one finger, in pixels: patches of dry or wet skin, and what a crease parts. Set on the FVC B sets with
# made-up patches and creases, against pairs of their fingers beside and above one another (docs/fingerprint.md).
FINGER_WIDTH, FINGER_LENGTH, FINGER_AREA = 400, 520, 110_000
PATCHES_LENGTH = 460
PATCH_LEAST = 1000
SECOND_LEAST = 12_000  # the least finger of the sets shows 23,780
CREASE_ASLANT = 0.75  # how far the one lies aside of the other
CREASE_FACING = 0.8  # share of the narrower piece that faces the other
CREASE_WIDTH, CREASE_UNEVEN = 90.0, 14.0
CREASE_EVEN = 0.6
RIDGE_COHERENCE = (
    0.88  # of what the filters let through: fingers of the FVC B sets 0.888 and more, fur 0.873, noise 0.75
)

# Polarity: the ground around the finger, in standard deviations of the finger's grey. Of 240 images of the FVC B sets
# the darkest ground is 0.06 below the finger's mean; inverted, the second lightest is 0.23 below.
GROUND_MARGIN, GROUND_LEAST = 7, 200
GROUND_DARKER = 0.15

# Motion: how far the contrast of ridges follows their direction.
MOTION_WINDOW, MOTION_MARGIN = 17, 25
MOTION_SURE = 0.3  # coherence from which a ridge has a direction
MOTION_STEP = 3  # every third pixel each way is looked at
MOTION_LEAST = 330  # of these
MOTION_DIRECTIONS = 0.08  # variance of the double angle, the least of its two: of parallel ridges nothing can be said

# Normalisation (Hong, Wan and Jain 1998, section 2.3).
NORMAL_WINDOW = 41
NORMAL_SPREAD = 0.35

# Orientation field: averaged squared gradients (Kass and Witkin 1987; Bazen and Gerez 2002).
GRADIENT_SIGMA = 1.0
ORIENTATION_SIGMA = 7.0
SMOOTHING_SIGMA = 6.0
FOLLOWED_PERIOD = 9.0  # people's middle ridge period at 500 dpi (Maltoni et al., handbook, 3.3), in the second look

# Mean ridge period of a whole finger: infants' 0.2 mm and more, grown-ups' seldom beyond 0.65 mm. What lies outside was
# scanned at another resolution than is said: at 1,000 dpi people's mean of 9 px becomes 18.
CLOSEST_RIDGES, WIDEST_RIDGES = 3.6, 14.5

# Ridge periods that are tried; people's lie between 3 and 25 px (Maltoni et al., handbook, 3.3).
PERIODS = (7.0, 9.0, 11.5)
PERIOD_SIGMA = 18.0

# Enhancement: a bank of Gabor filters (Hong, Wan and Jain 1998, section 2.6).
ORIENTATIONS = 16
ENHANCEMENT_SCALE = 0.6  # 300 dpi: the finest ridges, 5 px apart, are still sampled three times
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
MIN_MINUTIA_QUALITY = 0.16

# Minutia Cylinder-Code (Cappelli, Ferrara and Maltoni 2010, table 3, with 8 cells across).
RADIUS = 70.0
CELLS = 8
SECTIONS = 6
SIGMA_PLACE = 28.0 / 3.0
SIGMA_DIRECTION = 2.0 * pi / 9.0
SIGMOID_MIDDLE, SIGMOID_STEEPNESS = 0.01, 400.0
HULL_MARGIN = 50.0  # the convex hull of the minutiae is enlarged by this
MIN_CONTRIBUTING = 2
MIN_VALID_SHARE = 0.55  # the paper asks 0.75 of whole prints; no difference on the development set, more of small ones
MIN_SHARED_SHARE = 0.33

# Laying one finger on another; the scale of the tolerances is skin's (Cappelli et al. 2010, section 3.2, asks 5 px and
# 15 degrees of pairs; Cappelli, Maio and Maltoni 2001 show shifts of several pixels over 100).
# docs/fingerprint-comparison.md says what was tried.
MIN_CYLINDERS = 2
CANDIDATE_PAIRS = 48
MOVEMENTS = 8
SUPPORT_PLACE, SUPPORT_STRETCH = 5.0, 0.03  # pixels, and pixels a pixel of distance
SUPPORT_NEAREST = 6.0
SUPPORT_ANGLE = 0.2
DIRECTION_ARM = 20.0  # pixels: a pair's own direction weighs as much as places this far apart
MATCH_FIRST = 14.0
MATCH_REACH = (9.0, 7.0)
MATCH_DIRECTION = 0.3
MATCH_LEAST = 0.1
STRETCH_REACH, STIFFNESS = 75.0, 0.7

# The score (chosen on FVC2002 DB3_B, the development set; docs/fingerprint-comparison.md has what each part gives).
COMMON_MARGIN = 4.0  # pixels around the other's hull where a minutia should have had a partner
COMMON_LEAST = 20.0  # of the product of both counts: fewer in common prove little
SHARE_POWER = 1.5  # so strangers score alike with few minutiae (DB3_B) and many (synthetic fingers)
FLOW_POWER = 2
FLOW_UNKNOWN = 0.6  # where ridges cannot be compared: between those of one finger and those of two
SCORE_MIDDLE = 1.0  # the evidence that scores one half; shapes the scale, changes no order

# A part of a finger laid again by itself: bent skin fits again, another finger does not.
PART_MINUTIAE = 2
PART_TURN = 0.1
PART_SHIFT, PART_STEP = 12.0, 4.0  # pixels
PART_FIRST = 9.0  # pixels within which partners are looked for
PART_BEYOND = 12.0  # pixels across the line that a side is taken to

# The side of the overlap that agrees least (see sides.py).
SIDE_DIRECTIONS = 16
SIDE_UNKNOWN, SIDE_MIDDLE = 0.35, 0.5  # likeness of cylinders: where there is none, and what is subtracted
SIDE_DEEP = 40.0  # pixels inside the other's hull from which a minutia cannot be at its edge
SIDE_MOST = 4.0  # of what a single minutia or block says, natural log
SIDE_FLOW_SHARE = 0.1  # of a block: its neighbours say the same
SIDE_MINUTIA = (
    0.71, -0.015, 1.086, 1.581, 17.626, 2.31,
    -0.477, 7.06, 0.09, -5.437, -0.343, 2.478,
)  # fmt: skip
SIDE_FLOW = (
    -2.217, -2.001, 1.409, 3.702, -11.275, 3.851,
    9.064,
)  # fmt: skip
# Of 760 genuine pairs of the three FVC B sets that match, two are below -18 once their side is laid again; without that
# ten are, and one is below -35. Decision 35 has what becomes of joined images.
SIDE_LEAST = -18.0
SIDE_SCORE = 0.3  # what two impressions score at most that agree on one side alone: below the floor of every policy

# An earlier image again. Learnt on FVC2000 DB1_B and the fingers 101 to 105 of FVC2002 DB1_B and DB3_B: 560 pairs of
# touches of one finger, and 800 copies that were turned, blurred, scaled, sharpened and compressed.
REPEAT_REACH = (6.0, 6.0, 4.5, 4.5)  # pixels within which partners are looked for, in turn
REPEAT_MARGIN = 2.0  # pixels around the other's hull where a minutia should have had a partner
REPEAT_NEAR = 1.2  # pixels
REPEAT_NEIGHBOURS = 40.0  # pixels within which skin stretches alike
REPEAT_ALIKE = 0.995
REPEAT_MINUTIAE = 6
REPEAT_WEIGHTS = (
    -151.514, 0.817, 0.633, -0.883, -0.632, -1.483, -21.638, -0.244,
    2.007, 0.247, -82.46, -6.606, 0.272, 156.761, 2.46,
)  # fmt: skip
REPEAT_LEAST = 3.6  # natural log-odds: no pair of touches is above 3.1 where it was not learnt from

# A copy that was blurred, sharpened again: set on copies of the fingers 101 to 105, blurred by 0.8, 1.2 and 1.6 px.
REPEAT_BLUR, REPEAT_SHARPEN = 1.2, 1.0

# Two fingers joined in one image: how the wave of the ridges goes on across each line.
SEAM_STEPS = (4, 6, 8, 12)  # pixels to either side of the line
SEAM_GRID = 2  # every second pixel each way is looked at
SEAM_WIDTH = 3  # lines taken together
SEAM_MARGIN = 7
SEAM_BAND = 0.45  # natural log of the period
SEAM_SIGMA = 5.0
SEAM_PADDING = 32
SEAM_BESIDE = 16  # pixels: the lines on either side that one is held against
SEAM_SHARE = 0.12  # of the finger at least on either side
SEAM_LENGTH = 15.0  # weighted pixels
SEAM_WEIGHTS = (
    -5.741, 2.42, 0.6789, 1.378, 0.6873, -1.945,
    19.65, 7.829, 0.03961, 0.3384, 3.54, 0.919,
    0.02661, 0.09861, 0.042, 1.989, 3.141, -2.251,
    6.329, 18.15, 2.671, 0.2211, 1.445, 0.3821,
)  # fmt: skip
# Natural log-odds: from the first on another image is asked for (4 of the 238 good images of the FVC B sets), from the
# second on it is a suspicion (1 of them).
SEAM_DOUBT, SEAM_SURE = 2.0, 4.5

# What else changes across a line where two fingers were joined.
JUMP_STEP = 12  # pixels to either side of the line
JUMP_SIGMA, JUMP_PERIOD_SIGMA, JUMP_FINE = 4.0, 3.0, 1.2  # pixels
JUMP_LENGTH = 15  # points of a line, so that it counts among the usual ones

# Ridge flow in a template: blocks of about two ridge periods, an angle step under 6 degrees.
FLOW_BLOCK = 16
FLOW_SIDE = 32
FLOW_ORIENTATIONS, FLOW_CLARITIES = 32, 7
FLOW_MIN_SHARED = 12

# References made of several impressions.
MAX_IMPRESSIONS = 2
RENEWAL_SHARE = 0.6  # of the ridges that a reference shows: a touch of less does not take its place
MAX_TOUCHES = 15
SEEN_ENOUGH = 2
MERGE_LEAST = 0.45  # score from which a touch is laid on another: above all strangers of the development set
MERGE_CLOSE = 0.3

# 1:N: how many of the best by cylinders alone are looked at by how these lie to one another, and how many of the best
# by both are compared in full. Chosen on FVC2002 DB3_B among synthetic fillers, and by what a search costs
# (docs/fingerprint-comparison.md, decision 67).
FIRST_LOOK_CYLINDERS = 16  # of the probe's best
SECOND_STAGE_KEPT = 4000
PAIRS_ASKED = 6  # of the probe's cylinders, those that found the nearest
PAIRS_PLACE, PAIRS_STRETCH = 12.0, 0.08  # pixels, and pixels a pixel of distance
PAIRS_ANGLE = 0.35  # radians
PAIRS_NEAR = 4.0  # pixels: nearer than this a bearing says nothing
PAIRS_WEIGHT = 2.0  # of their agreement, beside the likeness of the best cylinders
FIRST_STAGE_KEPT = 110
FIRST_STAGE_MINUTIAE = 32
FIRST_STAGE_BEST = 4  # of the probe's cylinders, those that find the nearest speak
SEARCH_CHUNK = 512  # fingers at a time, so that the table streams through the cache
READY_KEPT = 512  # fingers compared in full last, some 170 kB each
TABLE_VERSION = 1  # of search tables: raised whenever cylinders, their choice or their encoding change

# Minutiae found by the network LEADER. Their least quality was chosen on FVC2002 DB3_B among 0.2 to 0.6; DB1_B and
# FVC2000 DB1_B show no difference (docs/fingerprint-comparison.md).
NETWORK_QUALITY = 0.3
# With so many minutiae of such quality ridges are there, however unevenly they run: one at most in drawn cats, noise,
# writing and sixty pictures of people, whose hair is nearest to it; in nine of twelve noisy fingers (grey noise of 40).
NETWORK_SURE, NETWORK_SURE_LEAST = 0.8, 3
NETWORK_COHERENCE = 0.75
NETWORK_ENDING = 0.5
NETWORK_MULTIPLE = 32  # pixels: sides that it takes
NETWORK_MARGIN = 16  # pixels around the finger that it is shown
NETWORK_SIDE = 704  # pixels, 36 mm each way, or as much area in another shape: half a gigabyte of memory

EXTRACTOR_NAME = "fingerprint-mcc"
EXTRACTOR_VERSION = 4
NETWORK_ROLE = "fingerprint-minutiae"
NETWORK_EXTRACTOR_NAME = "fingerprint-leader"
NETWORK_EXTRACTOR_VERSION = 1
PAYLOAD_VERSION = 2


@dataclass(frozen=True, slots=True)
class FingerGates:
    """The least value of each quality component, 0..100, for a usable finger sample (field practice asks 40
    overall)."""

    foreground_area: int = 25
    ridge_clarity: int = 15
    minutiae_count: int = 20
    moisture: int = 15
    position: int = 20
    motion: int = 35
