"""A pipeline that compares pictures as such, and sets of pictures to run it on: the road around it is the real one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mlid_desktop.devices.catalog import open_source, parse_address
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.observations import AttackEvidence, Evidence, Observation
from mlid_desktop.domain.ports import SearchIndex, Source
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FrameSample, Sample
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.evaluation.metrics import Scores
from mlid_desktop.modalities.face.embedding.compare import row_scores
from mlid_desktop.modalities.face.embedding.forms import decode, encode
from mlid_desktop.modalities.vectors import unit_vector
from tests.pictures import DECODER

SIDE = 16
EXTRACTOR = Extractor("picture", 1, "")


class PicturePipeline:
    """Template: the picture itself, small, grey and centred, in a crowd of nobody. Liveness: its brightness. A black
    picture shows nobody."""

    modality = Modality.FACE
    extractor = EXTRACTOR

    def observe(self, sample: Sample) -> Observation:
        """Quality is the contrast."""
        assert isinstance(sample, FrameSample)
        small = cv2.resize(sample.image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).mean(axis=2)
        if small.max() == 0:
            return Observation(FACE, sample, reason=Reason.NO_FACE, steps_ms=(("look", 1.0),))
        vector = unit_vector((small - small.mean()).ravel().astype(np.float32))
        contrast = int(min(100.0, small.std()))
        sharpness = QualityComponent(Measure.SHARPNESS, contrast, contrast, passed=contrast >= 20)
        attack = AttackEvidence(float(small.mean()) / 255.0, "brightness")
        template = Template(FACE, EXTRACTOR, encode(np.append(vector, np.float32(0.0))))
        steps = (("look", 1.0), ("compare", 3.0))
        return Observation(FACE, sample, (), Quality(contrast, (sharpness,)), attack, template, None, steps)

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """No references here."""
        return Evidence(observation)

    def rows(self, templates: Sequence[Template]) -> np.ndarray:
        """The pictures in one array."""
        return np.stack([decode(template.payload) for template in templates])

    def similarity(self, first: Template, second: Template) -> float:
        """Cosine."""
        return float(row_scores(decode(first.payload)[None], decode(second.payload)[None])[0])

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """The best one."""
        return templates[0]

    def index(self, references: Sequence[Reference]) -> SearchIndex:
        """Nobody searches."""
        raise NotImplementedError


def open_file(address: str, modality: Modality) -> Source:
    """The real source of an address."""
    return open_source(parse_address(address), modality, decoder=DECODER)


def corner(sample: Sample) -> Scores | None:
    """A poor baseline: one corner of the picture."""
    assert isinstance(sample, FrameSample)
    part = sample.image[:16, :16].mean(axis=2).ravel()
    return None if part.max() == 0 else part - part.mean()


def draw_people(folder: Path, people: int, images: int, noise: float, seed: int = 0) -> None:
    """A folder a person: a pattern of their own under noise that differs from image to image."""
    source = np.random.default_rng(seed)
    for person in range(people):
        (folder / f"P{person:02d}").mkdir(parents=True)
        pattern = source.normal(128, 40, (SIDE, SIDE, 1))
        for number in range(images):
            noisy = np.clip(pattern + source.normal(0, noise * (1 + number), pattern.shape), 0, 255).astype(np.uint8)
            picture = np.repeat(np.kron(noisy, np.ones((4, 4, 1), np.uint8)), 3, axis=2)
            cv2.imwrite(str(folder / f"P{person:02d}" / f"P{person:02d}_{number + 1:04d}.png"), picture)


def draw_clip(folder: Path, levels: Sequence[int]) -> None:
    """A folder of frames of these grey levels; 0 is a frame without evidence."""
    folder.mkdir(parents=True)
    for number, level in enumerate(levels):
        picture = np.full((40, 40, 3), level, np.uint8)
        if level:
            picture[:20] = max(0, level - 4)
            picture[20:] = min(255, level + 4)
        cv2.imwrite(str(folder / f"{number:03d}.png"), picture)
