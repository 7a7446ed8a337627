"""Teaches the built-in embedder what the pack's embedder answers.

python training/train_embedder.py --images FOLDER --models FOLDER --work FOLDER --minutes N
Goes on where it stopped when called again with the same ``--work``.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from copy import deepcopy
from multiprocessing import Process
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from network import EMBEDDING_SIZE, Student
from numpy.typing import NDArray
from teach import aligned_faces, middle, session, split, taught, write_pool
from torch import Tensor
from torch.nn import functional

SPLIT_SEED = 7  # the held-out people, the same in every run
BATCH = 128
PASSES = 3  # over one pool before the next
LAST_RATE, DECAY = 1e-5, 0.02
WARM_STEPS = 100
PAIRS_WEIGHT = 5.0  # of the pairwise similarities beside the vectors
MEMORY = 0.998  # of the averaged weights, a step


def main() -> None:
    """Trains for the minutes asked for, in all calls together."""
    asked = _arguments()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(asked.threads)
    asked.work.mkdir(parents=True, exist_ok=True)
    detector, teacher = (asked.models / name for name in (asked.detector, asked.teacher))
    faces, names = aligned_faces(asked.images, detector, asked.work / "faces.npz")
    aside = split(names, SPLIT_SEED)
    judged = (middle(faces[aside]), names[aside])
    judged_vectors = taught(session(teacher), judged[0])
    print(
        f"{len(faces)} faces; teacher's EER on the held-out people {eer(judged_vectors, names[aside]):.4f}", flush=True
    )
    Run(asked, faces[~aside], teacher, judged).go()


class Run:
    """One training: the student, its averaged copy, the optimiser and how long they have learnt."""

    def __init__(
        self, asked: argparse.Namespace, faces: NDArray[np.uint8], teacher: Path, judged: tuple[NDArray, NDArray]
    ) -> None:
        self._asked, self._faces, self._teacher, self._judged = asked, faces, teacher, judged
        self.student = Student().to(asked.device, memory_format=torch.channels_last)
        if asked.start is not None:
            known = torch.load(asked.start, map_location=asked.device, weights_only=True)
            self.student.load_state_dict(known["averaged"])
        self.averaged = deepcopy(self.student).eval()
        self.optimiser = torch.optim.AdamW(self.student.parameters(), asked.rate, weight_decay=DECAY)
        self.seconds, self.steps, self.pool = 0.0, 0, 0
        self._checkpoint = asked.work / "checkpoint.pt"
        if self._checkpoint.exists():
            self._resume()

    def go(self) -> None:
        """Learns pool after pool until the time is over; the next pools are made meanwhile."""
        makers: dict[int, Process] = {}
        while self.seconds < 60 * self._asked.minutes:
            began = time.monotonic()
            for number in range(self.pool, self.pool + 1 + self._asked.makers):
                if number not in makers:
                    makers[number] = Process(target=self._make, args=(number,), daemon=True)
                    makers[number].start()
            makers.pop(self.pool).join()
            file = self._make(self.pool)
            loss = self._learn(file)
            file.unlink()
            self.pool += 1
            self.seconds += time.monotonic() - began
            self._keep(loss)

    def _make(self, number: int) -> Path:
        asked = self._asked
        return write_pool(asked.work, number, asked.pool, self._faces, self._teacher, asked.seed, asked.harm)

    def _learn(self, file: Path) -> float:
        with np.load(file) as pool:
            pictures, vectors = torch.from_numpy(pool["pictures"]), torch.from_numpy(pool["vectors"]).float()
        self.student.train()
        losses = []
        for _ in range(PASSES):
            order = torch.randperm(len(pictures))
            for start in range(0, len(order) - BATCH + 1, BATCH):
                chosen = order[start : start + BATCH]
                losses.append(self._step(pictures[chosen].float(), vectors[chosen]))
        return float(np.mean(losses))

    def _step(self, pictures: Tensor, wanted: Tensor) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = rate(self._asked.rate, self.seconds / (60 * self._asked.minutes), self.steps)
        pictures, wanted = pictures.to(self._asked.device), wanted.to(self._asked.device)
        with torch.autocast(self._asked.device, torch.bfloat16):  # 1.5 times as fast on a processor with AVX-512 BF16
            answered = self.student(pictures)
        said = functional.normalize(answered.float())
        loss = distillation(said, wanted)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 5.0)
        self.optimiser.step()
        self.steps += 1
        memory = min(MEMORY, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            pairs = zip(self.averaged.state_dict().values(), self.student.state_dict().values(), strict=True)
            for kept, new in pairs:
                kept.lerp_(new, 1 - memory) if kept.is_floating_point() else kept.copy_(new)
        return float(loss.detach())

    def _keep(self, loss: float) -> None:
        state = {
            "student": self.student.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": (self.seconds, self.steps, self.pool),
        }
        unfinished = self._checkpoint.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(self._checkpoint)
        pictures, names = self._judged
        row = [f"{self.seconds / 60:.2f}", self.steps, self.pool * self._asked.pool, f"{loss:.4f}"]
        row.append(f"{eer(embedded(self.averaged, pictures), names):.4f}")
        with (self._asked.work / "curve.csv").open("a", newline="") as curve:
            csv.writer(curve).writerow(row)
        print(*row, flush=True)

    def _resume(self) -> None:
        state = torch.load(self._checkpoint, map_location=self._asked.device, weights_only=True)
        self.student.load_state_dict(state["student"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.seconds, self.steps, self.pool = state["progress"]


def rate(peak: float, done: float, steps: int) -> float:
    """The learning rate: a short rise, then half a cosine over the time there is."""
    falling = LAST_RATE + (peak - LAST_RATE) * (1 + np.cos(np.pi * min(done, 1.0))) / 2
    return float(falling * min(1.0, (steps + 1) / WARM_STEPS))


def distillation(said: Tensor, wanted: Tensor) -> Tensor:
    """How far (n, 256) unit vectors are from the teacher's, and their similarities from the teacher's."""
    vectors = (1 - (said * wanted).sum(dim=1)).mean()
    pairs = (said @ said.T - wanted @ wanted.T).square().mean()
    return vectors + PAIRS_WEIGHT * pairs


def embedded(student: Student, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unit vectors of (n, 128, 128) grey pictures."""
    with torch.inference_mode():
        device = next(student.parameters()).device
        parts = [student(torch.from_numpy(np.ascontiguousarray(part)).float().to(device)) for part in _parts(pictures)]
        vectors = functional.normalize(torch.cat(parts)).cpu().numpy()
    assert vectors.shape[1] == EMBEDDING_SIZE
    return np.asarray(vectors, np.float32)


def _parts(pictures: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]


def eer(vectors: NDArray[np.float32], names: NDArray[np.str_]) -> float:
    """Equal error rate of the cosine over all pairs of different images."""
    first, second = np.triu_indices(len(names), 1)
    scores, same = (vectors @ vectors.T)[first, second], names[first] == names[second]
    falling = same[np.argsort(-scores)]
    missed = 1 - np.cumsum(falling) / falling.sum()
    taken = np.cumsum(~falling) / (~falling).sum()
    crossing = int(np.argmin(np.abs(missed - taken)))
    return float((missed[crossing] + taken[crossing]) / 2)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="a folder a person")
    parser.add_argument("--models", type=Path, required=True, help="the installed pack")
    parser.add_argument("--work", type=Path, required=True, help="checkpoint, pools and curve")
    parser.add_argument("--minutes", type=float, default=240)
    parser.add_argument("--pool", type=int, default=8192, help="pictures in a pool")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--makers", type=int, default=1, help="processes that make the next pools")
    parser.add_argument("--start", type=Path, help="checkpoint of an earlier run whose averaged weights it begins from")
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--harm", type=float, default=1.0, help="0..1: less blending, blur, covering and noise")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--device", default="cpu", help="where the student learns: cpu or cuda")
    parser.add_argument("--detector", default="yunet_s_dynamic.onnx")
    parser.add_argument("--teacher", default="face-reidentification-retail-0095.onnx")
    return parser.parse_args()


if __name__ == "__main__":
    main()
