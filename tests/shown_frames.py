"""What an attacker holds before the camera, and a pipeline that sees just that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, DeviceError, MlidError
from mlid_desktop.domain.observations import AttackEvidence, Comparison, Evidence, Observation, SearchHit
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.templates import Reference, Template
from tests.makers import CAMERA, ENROLLED, EXTRACTOR, INDEX, policy

ANOTHER_CAMERA = DeviceIdentity("camera", "usb-2", "Another")
OWN, STRANGE = 0.9, 0.05  # scores of the person and of somebody else
FLOOR = policy().attack[Modality.FACE].frame_floor


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame as the attacker chose it."""

    liveness: float | None = 0.9
    own: bool = True
    usable: bool = True
    judged: bool = True
    device: DeviceIdentity = CAMERA
    kind: SourceKind = SourceKind.LIVE

    @property
    def is_attack(self) -> bool:
        """Whether this frame alone is a suspicion, by the rule as people would say it."""
        low = self.liveness is not None and self.liveness < FLOOR
        return low and self.usable and self.judged and self.kind is not SourceKind.SIMULATED


PERSON, PRINT = Shown(), Shown(0.05)
DOUBTFUL = Shown(0.4)  # below the threshold and above the floor: a window of it is a suspicion
LOST = DeviceError(Code.DEVICE_LOST)

# what is before the camera in one capture; an error ends it
SCRIPTS: tuple[tuple[Shown | MlidError, ...], ...] = (
    (PERSON,) * 12,
    (PERSON,) * 12,
    (PERSON,) * 6,
    (PERSON,) * 3,
    (PRINT,),
    (*(PERSON,) * 5, PRINT),
    (*(PERSON,) * 9, PRINT, *(PERSON,) * 6),
    (DOUBTFUL,) * 6,
    (DOUBTFUL,) * 3,
    (*(DOUBTFUL,) * 3, LOST),
    (*(DOUBTFUL,) * 3, *(replace(PERSON, device=ANOTHER_CAMERA),) * 6),
    (*(DOUBTFUL,) * 2, *(replace(PERSON, own=False),) * 6),
    (*(PERSON,) * 4, LOST),
    (PRINT, LOST),
    (LOST,),
    (),
    (replace(PRINT, usable=False),) * 6,
    (*(replace(PRINT, usable=False),) * 6, *(PERSON,) * 6),
    (replace(PRINT, judged=False),) * 6,
    (replace(PRINT, kind=SourceKind.SIMULATED),) * 6,
    (replace(PRINT, kind=SourceKind.RECORDED),) * 2,
    (replace(PERSON, own=False),) * 12,
    (*(replace(PRINT, device=ANOTHER_CAMERA),) * 2,),
    (replace(PERSON, device=ANOTHER_CAMERA),) * 12,
)


class ChosenPipelines:
    """Opens them; ``told`` hears of each frame of a face that alone is a suspicion."""

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._numbers = count(1)

    def open(self, modality: Modality) -> _Pipeline:
        """The pipeline of a modality."""
        return _Pipeline(self._told, self._numbers, modality)


class _Pipeline:
    """Sees what the attacker chose."""

    extractor = EXTRACTOR

    def __init__(self, told: Callable[[], None], numbers: Iterator[int], modality: Modality) -> None:
        self._told, self._numbers, self.modality = told, numbers, modality

    def observe(self, shown: Shown) -> Observation:
        """The frame, and a line beside where it is an attack."""
        face, number = self.modality is Modality.FACE, next(self._numbers)
        if face and shown.is_attack:
            self._told()
        picture = np.frombuffer(number.to_bytes(12), np.uint8).reshape(2, 2, 3)
        moment = number * 0.1 + number * number % 11 * 0.001
        sample = FrameSample(0, moment, Provenance(shown.kind, shown.device), picture)
        quality = Quality(80, (QualityComponent(Measure.SHARPNESS, 80, 1.0, Hint.HOLD_STILL, shown.usable),))
        attack = AttackEvidence(shown.liveness, "test", judged=shown.judged) if face and shown.liveness else None
        characteristic = FACE if face else INDEX
        template = Template(characteristic, EXTRACTOR, b"own" if shown.own else b"strange")
        return Observation(characteristic, sample, (), quality, attack, template)

    def compare(self, observation: Observation, references: Sequence[object]) -> Evidence:
        """As the person or as somebody else, where there is something to compare with."""
        if not references:
            return Evidence(observation)
        own = observation.template is not None and observation.template.payload == b"own"
        return Evidence(observation, Comparison(OWN if own else STRANGE, "ref", ENROLLED))

    def similarity(self, first: Template, second: Template) -> float:
        """The same person or not."""
        return OWN if first.payload == second.payload else STRANGE

    def consolidate(self, templates: list[Template]) -> Template:
        """The first."""
        return templates[0]

    def index(self, references: Sequence[Reference]) -> _Index:
        """One that finds nobody."""
        return _Index(len(references))


@dataclass(frozen=True, slots=True)
class _Index:
    """An index of so many references that finds nobody: what is searched for here is never like anybody."""

    size: int

    def __len__(self) -> int:
        return self.size

    def search(self, _probe: Template, _limit: int) -> tuple[SearchHit, ...]:
        """Nobody."""
        return ()
