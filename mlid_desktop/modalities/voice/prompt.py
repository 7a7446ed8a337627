"""Draws digit prompts, and checks that the enrolled voice said the digits asked.

Each digit is compared with the subject's own references of all ten, so that it works in any language. Two scores, each
with a threshold of its own: how much better the digits asked fit than the others (content), and how well they fit at
all (voice), both in units of how much the subject's own takes differ from one another.
"""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import PromptFinding
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.digits import SpokenDigits
from mlid_desktop.modalities.voice.parameters import PromptRules
from mlid_desktop.modalities.voice.warping import add_deltas, warped_distances


def draw_prompt(source: Random, digits: int = p.PROMPT_DIGITS, groups: int = p.PROMPT_GROUPS) -> tuple[int, ...]:
    """A random digit prompt, in groups of which none holds a digit twice: 5040^2 prompts of eight in two groups.
    ``source`` is ``random.SystemRandom()`` at a desk."""
    size = -(-digits // groups)
    drawn = [digit for _ in range(groups) for digit in source.sample(range(10), size)]
    return tuple(drawn[:digits])


def enrolment_prompts(source: Random, takes: int = 3) -> tuple[tuple[int, ...], ...]:
    """The prompts of an enrolment: all ten digits for each take, each time in another order."""
    return tuple(tuple(source.sample(range(10), 10)) for _ in range(takes))


def check_prompt(
    probe: SpokenDigits, references: SpokenDigits, rules: PromptRules, same_speaker: bool | None = None
) -> PromptFinding | None:
    """Compares the probe's digits, labelled as they were asked, with the subject's. None where nothing was asked or the
    references do not hold all ten digits. ``same_speaker`` is what the speaker comparison says, if there is one."""
    if not len(probe) or len(np.unique(references.label)) < p.COMPLETE:
        return None
    far = digit_distances(probe, references) / within_digit_distance(references)
    prompted = probe.label.astype(np.intp)
    shares = digit_log_probabilities(far)[np.arange(len(probe)), prompted]
    own = far[np.arange(len(probe)), prompted]
    content, worst, voice = float(shares.mean()), float(shares.min()), -float(own.mean())
    confirmed = content >= rules.content and worst >= rules.worst
    same_voice = voice >= rules.voice and same_speaker is not False
    reason = Reason.WRONG_DIGITS if not confirmed else (None if same_voice else Reason.OTHER_VOICE)
    heard = tuple((far.argmin(axis=1) == prompted).tolist())
    return PromptFinding(confirmed, same_voice, reason, heard, content, worst, voice)


def digit_distances(probe: SpokenDigits, references: SpokenDigits) -> NDArray[np.float64]:
    """Distances (n, 10) of each digit of the probe to the nearest references of each digit, after the probe was given
    the mean and deviation that the subject's own takes of the digits asked have: what is left of the channel goes, and
    a sequence of few different digits is not shifted by being so."""
    every = warped_distances(add_deltas(match_channel(probe, references)), add_deltas(references.shape))
    nearest = np.empty((len(probe), 10))
    for digit in range(10):
        own = np.sort(every[:, references.label == digit], axis=1)
        nearest[:, digit] = own[:, : p.NEAREST_REFERENCES].mean(axis=1)
    return nearest


def match_channel(probe: SpokenDigits, references: SpokenDigits) -> NDArray[np.float32]:
    """The probe's cepstra (n, T, c) brought to the mean and deviation expected of the digits asked."""
    wanted = [_moments(references.select(references.label == digit)) for digit in probe.label.tolist()]
    mean = np.mean([first for first, _ in wanted], axis=0)
    square = np.mean([second for _, second in wanted], axis=0)
    deviation = np.sqrt(np.maximum(square - mean**2, p.DEVIATION_FLOOR**2))
    own = probe.shape.reshape(-1, probe.shape.shape[2])
    own_mean, own_deviation = own.mean(axis=0), np.maximum(own.std(axis=0), p.DEVIATION_FLOOR)
    return np.asarray((probe.shape - own_mean) / own_deviation * deviation + mean, np.float32)


def _moments(digits: SpokenDigits) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    frames = digits.shape.reshape(-1, digits.shape.shape[2])
    return frames.mean(axis=0), np.mean(frames**2, axis=0)


def within_digit_distance(references: SpokenDigits) -> float:
    """Mean distance between takes of the same digit by the same person: the subject's own unit of variation."""
    means = []
    for digit in range(10):
        own = references.select(references.label == digit)
        if len(own) > 1:
            views = add_deltas(own.shape)
            table = warped_distances(views, views)
            means.append(float(table[~np.eye(len(own), dtype=np.bool_)].mean()))
    least, most = p.WITHIN_BOUNDS
    return min(most, max(least, float(np.mean(means)))) if means else p.TYPICAL_WITHIN


def digit_log_probabilities(far: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural log (n, 10) of the probability of each digit: a softmax of the distances."""
    scaled = -p.SHARPNESS * far
    top = scaled.max(axis=1, keepdims=True)
    return np.asarray(scaled - top - np.log(np.exp(scaled - top).sum(axis=1, keepdims=True)))
