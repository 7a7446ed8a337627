"""Teaches the built-in detector what the pack's detector answers, cell by cell, on scenes made of the training images.

python training/train_detector.py --images FOLDER --models FOLDER --work FOLDER --minutes N
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from copy import deepcopy
from multiprocessing import Process, Queue
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np
import torch
from detector import Detector, flattened
from numpy.typing import NDArray
from scenes import scene
from teach import session
from torch import Tensor
from torch.nn import functional

SEED = 11
BATCH = 48
PEAK_RATE, LAST_RATE, DECAY = 3e-3, 2e-5, 0.01
WARM_STEPS = 200
MEMORY = 0.998
BOXES_WEIGHT, POINTS_WEIGHT = 8.0, 60.0
SURE = 0.3  # cells that the teacher scores below it teach no place
HELD_OUT = 0.05
KEPT_EVERY_S = 60.0


def main() -> None:
    """Trains for the minutes asked for."""
    asked = _arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    asked.work.mkdir(parents=True, exist_ok=True)
    batches: Queue[tuple[NDArray[np.uint8], NDArray[np.float32]]] = Queue(8)
    makers = [
        Process(target=make, args=(asked, number, batches), daemon=True) for number in range(max(1, asked.makers))
    ]
    for maker in makers:
        maker.start()
    train(asked, batches)
    for maker in makers:
        maker.terminate()


def training_images(folder: Path, *, held_out: bool) -> list[NDArray[np.uint8]]:
    """Grey images of the people who are, or are not, held out."""
    people = sorted(person for person in folder.iterdir() if person.is_dir())
    aside = set(np.random.default_rng(SEED).choice(len(people), round(HELD_OUT * len(people)), replace=False).tolist())
    chosen = [person for index, person in enumerate(people) if (index in aside) is held_out]
    read = (cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for person in chosen for file in sorted(person.glob("*.jpg")))
    return [np.asarray(image, np.uint8) for image in read if image is not None and image.shape == (250, 250)]


def make(asked: argparse.Namespace, number: int, batches: Queue[tuple[NDArray[np.uint8], NDArray[np.float32]]]) -> None:
    """Scenes and the teacher's answers to them, for ever."""
    cv2.setNumThreads(1)
    images = training_images(asked.images, held_out=False)
    teacher = session(asked.models / asked.detector)
    chance = np.random.default_rng([SEED, number])
    while True:
        scenes = np.stack([scene(images, chance) for _ in range(BATCH)])
        batches.put((scenes, answered(teacher, scenes)))


def answered(teacher: object, scenes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, cells, 15): score, box and points of every cell, fine to coarse."""
    blob = np.repeat(scenes[:, None].astype(np.float32), 3, axis=1)
    outputs = teacher.run(None, {"input": blob})  # type: ignore[attr-defined]  # an InferenceSession
    classes, objects, boxes, points = (np.concatenate(outputs[3 * kind : 3 * kind + 3], axis=1) for kind in range(4))
    return np.concatenate([np.sqrt(np.clip(classes * objects, 0, 1)), boxes, points], axis=2)


def train(asked: argparse.Namespace, batches: Queue[tuple[NDArray[np.uint8], NDArray[np.float32]]]) -> None:
    """Batch after batch until the time is over; the averaged weights are what is kept, and gone on from."""
    student = Detector()
    if (asked.work / "detector.pt").exists():
        student.load_state_dict(torch.load(asked.work / "detector.pt", map_location="cpu", weights_only=True))
    student = student.to(memory_format=torch.channels_last)
    averaged = deepcopy(student).eval()
    optimiser = torch.optim.AdamW(student.parameters(), PEAK_RATE, weight_decay=DECAY)
    began = last_kept = time.monotonic()
    steps, losses = 0, []
    while (done := (time.monotonic() - began) / (60 * asked.minutes)) < 1.0:
        scenes, wanted = batches.get()
        for group in optimiser.param_groups:
            falling = LAST_RATE + (PEAK_RATE - LAST_RATE) * (1 + np.cos(np.pi * done)) / 2
            group["lr"] = float(falling * min(1.0, (steps + 1) / WARM_STEPS))
        said = torch.cat([flattened(level) for level in student(torch.from_numpy(scenes).float())], dim=1)
        loss = distillation(said, torch.from_numpy(wanted))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 5.0)
        optimiser.step()
        steps += 1
        losses.append(float(loss.detach()))
        memory = min(MEMORY, (1 + steps) / (10 + steps))
        with torch.no_grad():
            for kept, new in zip(averaged.state_dict().values(), student.state_dict().values(), strict=True):
                kept.lerp_(new, 1 - memory) if kept.is_floating_point() else kept.copy_(new)
        if time.monotonic() - last_kept > KEPT_EVERY_S:
            last_kept = time.monotonic()
            keep(asked.work, averaged, (last_kept - began) / 60, steps, float(np.mean(losses)))
            losses = []
    keep(asked.work, averaged, asked.minutes, steps, float(np.mean(losses or [0.0])))


def distillation(said: Tensor, wanted: Tensor) -> Tensor:
    """Scores by cross-entropy, summed over cells and counted by faces; places by smooth distance where the teacher is
    sure."""
    score = wanted[:, :, 0]
    sure = score * (score > SURE)
    faces = sure.sum() + 1.0
    weight = 1.0 + 4.0 * score
    scores = (
        functional.binary_cross_entropy_with_logits(said[:, :, 0], score, reduction="none") * weight
    ).sum() / faces
    far = functional.smooth_l1_loss(said[:, :, 1:], wanted[:, :, 1:], reduction="none", beta=0.05)
    boxes = (far[:, :, :4].mean(dim=2) * sure).sum() / faces
    points = (far[:, :, 4:].mean(dim=2) * sure).sum() / faces
    return scores + BOXES_WEIGHT * boxes + POINTS_WEIGHT * points


def keep(work: Path, averaged: Detector, minutes: float, steps: int, loss: float) -> None:
    """The checkpoint, and a row of the curve."""
    unfinished = work / "detector.part"
    torch.save(averaged.state_dict(), unfinished)
    unfinished.replace(work / "detector.pt")
    with (work / "detector-curve.csv").open("a", newline="") as curve:
        csv.writer(curve).writerow([f"{minutes:.2f}", steps, steps * BATCH, f"{loss:.4f}"])
    print(f"{minutes:.2f} min, {steps} steps, {steps * BATCH} scenes, loss {loss:.4f}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="a folder a person")
    parser.add_argument("--models", type=Path, required=True, help="the installed pack")
    parser.add_argument("--work", type=Path, required=True, help="checkpoint and curve")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--makers", type=int, default=1)
    parser.add_argument("--detector", default="yunet_s_dynamic.onnx")
    return parser.parse_args()


if __name__ == "__main__":
    main()
