"""The entries of a test of attack detection as bytes, and back. What comes back was sealed by the vault; it is checked
all the same, because another version of the program may have written it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.templates import Extractor, Grade, Template
from mlid_desktop.workflow.attack_test.plan import AttackSpecies, AttackTestPlan, ObservedFrame, RecordedPresentation


@dataclass(frozen=True, slots=True)
class AdmittedPerson:
    """Somebody who agreed to take part, under a label."""

    label: str


@dataclass(frozen=True, slots=True)
class KeptPresentation:
    """A presentation as it is kept: what was shown, where its frames came from, which models judged them, and the
    result of each."""

    shown: RecordedPresentation
    source: SourceKind
    models: str
    frames: tuple[ObservedFrame, ...] = field(repr=False)


Entry = AttackTestPlan | AdmittedPerson | KeptPresentation


def encode_entry(entry: Entry) -> bytes:
    """Encodes an entry as JSON."""
    return json.dumps(_content(entry), separators=(",", ":")).encode()


def _content(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, AttackTestPlan):
        return {
            "plan": [species.value for species in entry.species],
            "presentations": entry.presentations,
        }
    if isinstance(entry, AdmittedPerson):
        return {"person": entry.label}
    species = entry.shown.species
    return {
        "species": None if species is None else species.value,
        "of": entry.shown.person,
        "source": entry.source.value,
        "models": entry.models,
        "frames": [_frame(frame) for frame in entry.frames],
    }


def _frame(frame: ObservedFrame) -> list[Any]:
    made = frame.template
    template = (
        None
        if made is None
        else [
            made.extractor.name,
            made.extractor.version,
            made.extractor.models,
            made.extractor.grade.value,
            base64.b64encode(made.payload).decode(),
        ]
    )
    return [frame.liveness, frame.quality, template]


def decode_entry(untrusted: bytes) -> Entry:
    """Decodes an entry. Raises VaultError(VAULT_DAMAGED) for what is none."""
    try:
        content = json.loads(untrusted)
        if "plan" in content:
            species = tuple(AttackSpecies(name) for name in content["plan"])
            return AttackTestPlan(species, int(content["presentations"]))
        if "person" in content:
            return AdmittedPerson(str(content["person"]))
        species_name = content["species"]
        shown = RecordedPresentation(None if species_name is None else AttackSpecies(species_name), str(content["of"]))
        frames = tuple(_read_frame(frame) for frame in content["frames"])
        return KeptPresentation(shown, SourceKind(content["source"]), str(content["models"]), frames)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VaultError(Code.VAULT_DAMAGED, what="attack test") from None


def _read_frame(untrusted: list[Any]) -> ObservedFrame:
    liveness, quality, template = untrusted
    if liveness is not None and not 0.0 <= float(liveness) <= 1.0:
        raise ValueError("liveness is a share")
    if template is None:
        return ObservedFrame(liveness, int(quality))
    name, version, models, grade, payload = template
    extractor = Extractor(str(name), int(version), str(models), Grade(grade))
    return ObservedFrame(liveness, int(quality), Template(FACE, extractor, base64.b64decode(payload, validate=True)))
