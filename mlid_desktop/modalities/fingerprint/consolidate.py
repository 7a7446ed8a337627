"""Merges several touches of a finger into one reference: aligned on one another, minutiae found again gain weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import Alignment, align
from mlid_desktop.modalities.fingerprint.compare import compare_impressions, prepare
from mlid_desktop.modalities.fingerprint.cylinders import Grid, local_similarities
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.orientation_grid import FlowGrid, crop_grid, merge_grids
from mlid_desktop.modalities.fingerprint.templates import Impression, decode_impressions, encode_impressions


def consolidate(templates: Sequence[Template]) -> Template:
    """One fingerprint template made of several of the same finger, best first; at most MAX_TOUCHES are used. The touch
    most similar to the others is the base; those that align well with it are merged into it, the best of the rest is
    kept as a second impression.

    Raises ModelError for malformed bytes.
    """
    touches = tuple(decode_impressions(template.payload)[0] for template in templates[: p.MAX_TOUCHES])
    if len(touches) == 1:
        return templates[0]
    return replace(templates[0], payload=encode_impressions(merge(touches)))


def merge(touches: Sequence[Impression]) -> tuple[Impression, ...]:
    """The one or two impressions that several touches of a finger are merged into, the merged one first."""
    ready = [prepare((touch,))[0] for touch in touches]
    likeness = np.array([[0.0 if a is b else compare_impressions(a, b) for b in ready] for a in ready])
    ground = int(likeness.sum(axis=1).argmax())
    merged, beside = touches[ground], []
    for index in np.argsort(-likeness[ground], kind="stable"):
        if index == ground:
            continue
        if likeness[ground, index] < p.MERGE_LEAST:
            beside.append(touches[index])
            continue
        merged = _merge_onto(merged, touches[index])
    best_beside = sorted(beside, key=lambda impression: -float(impression.minutiae.quality.sum()))[
        : p.MAX_IMPRESSIONS - 1
    ]
    return (_bounded_for_storage(merged), *best_beside)


def _merge_onto(ground: Impression, other: Impression) -> Impression:
    """The base impression with another's minutiae: paired ones count once more, the rest is added where it lies."""
    still, moving = prepare((ground,))[0], prepare((other,))[0]
    laid = align(still.cylinders, moving.cylinders, local_similarities(still.cylinders, moving.cylinders))
    met_here, met_there = laid.first[laid.closeness > p.MERGE_CLOSE], laid.second[laid.closeness > p.MERGE_CLOSE]
    before = _sightings(ground)
    seen = before.copy()
    seen[met_here] += 1
    new = np.setdiff1d(np.arange(len(other.minutiae)), met_there)
    minutiae = _joined(
        _average_matched(ground.minutiae, before, laid, other.minutiae, met_here, met_there),
        _transformed(other, laid, new),
    )
    return Impression(
        minutiae,
        merge_grids(ground.flow, other.flow, laid.turn, laid.shift),
        np.concatenate([seen, _sightings(other)[new]]),
        ground.touches + 1,
    )


def _average_matched(
    minutiae: Minutiae,
    before: NDArray[np.uint8],
    laid: Alignment,
    other: Minutiae,
    first_indices: NDArray[np.intp],
    second_indices: NDArray[np.intp],
) -> Minutiae:
    """The paired minutiae averaged: mean position of all sightings, and the better quality."""
    position, quality = minutiae.position.copy(), minutiae.quality.copy()
    share = (1.0 / (before[first_indices] + 1.0)).astype(np.float32)[:, None]
    position[first_indices] += share * (_in_image(laid.moved[second_indices]) - position[first_indices])
    quality[first_indices] = np.maximum(quality[first_indices], other.quality[second_indices])
    return Minutiae(position, minutiae.direction, minutiae.kind, quality)


def _transformed(other: Impression, laid: Alignment, which: NDArray[np.intp]) -> Minutiae:
    chosen = other.minutiae.select(which)
    direction = np.mod(chosen.direction + np.angle(laid.turn), 2 * pi).astype(np.float32)
    return Minutiae(_in_image(laid.moved[which]), direction, chosen.kind, chosen.quality)


def _joined(first: Minutiae, second: Minutiae) -> Minutiae:
    return Minutiae(
        np.concatenate([first.position, second.position]),
        np.concatenate([first.direction, second.direction]),
        np.concatenate([first.kind, second.kind]),
        np.concatenate([first.quality, second.quality]),
    )


def _bounded_for_storage(impression: Impression) -> Impression:
    """The impression cut to the MAX_MINUTIAE most often seen, then clearest, moved so that no coordinate is
    negative."""
    seen, minutiae = _sightings(impression), impression.minutiae
    best = np.lexsort((-minutiae.quality, -seen.astype(np.int64)))[: p.MAX_MINUTIAE]
    selected = minutiae.select(best)
    low = np.minimum(np.floor(selected.position.min(axis=0)), 0.0)
    position = np.asarray(np.minimum(selected.position - low, p.MAX_SIDE - 1), np.float32)
    flow = crop_grid(impression.flow)
    moved = FlowGrid(flow.blocks, flow.left - int(low[0]), flow.top - int(low[1]))
    return Impression(
        Minutiae(position, selected.direction, selected.kind, selected.quality), moved, seen[best], impression.touches
    )


def _sightings(impression: Impression) -> NDArray[np.uint8]:
    return np.ones(len(impression.minutiae), np.uint8) if impression.seen is None else impression.seen


def _in_image(plane: NDArray[np.complex64]) -> Grid:
    return np.stack([plane.real, -plane.imag], axis=1).astype(np.float32)
