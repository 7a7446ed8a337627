"""Many made-up people in one vault whose faces resemble one another more than people's do: templates of the built-in
extractor without any picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.subjects import Details, Enrolment, new_identifier
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.embedding.cohort import load_cohort
from mlid_desktop.modalities.face.embedding.forms import RETAIL, NormalisedForm
from mlid_desktop.modalities.face.parameters import COHORT_FILE, EMBEDDING_SIZE
from mlid_desktop.station.assemble import SystemClock, assemble
from mlid_desktop.vault.figures.day_figures import UNIFIED, CaptureFigures
from mlid_desktop.vault.lifecycle import Vault, unlock_vault
from tests.makers import CAMERA, ENROLLED, ROOT, observation
from tests.unit.vault.conftest import AGREED

PEOPLE, VISITS = 60, 12
ALIKE = 0.17  # how much of each face is common to all: enough to be confused more often than people are


def enrol_alike_people(folder: Path, operator: str, passphrase: str) -> None:
    """Saves them in the vault of this folder."""
    vault = unlock_vault(folder, operator_name=operator, passphrase=passphrase, clock=SystemClock())
    save_alike_people(vault)
    vault.lock()


def save_alike_people(vault: Vault) -> None:
    """Saves them in an open vault, and a visit of a few."""
    extractor = assemble().open_engine(Modality.FACE, builtin=True).extractor
    form = NormalisedForm(extractor, load_cohort(ROOT / "resources" / "face" / COHORT_FILE, EMBEDDING_SIZE))
    random = np.random.default_rng(5)
    common = unit(random.normal(size=256))
    templates = [
        form.template({RETAIL: (ALIKE * common + unit(random.normal(size=256))).astype(np.float32)})
        for _ in range(PEOPLE)
    ]
    vault.save_all(enrolment(f"{number + 1}", template) for number, template in enumerate(templates))
    for number, person in enumerate(vault.directory()[:VISITS]):
        seen = CaptureFigures(Modality.FACE, CAMERA, {UNIFIED: 80}, {}, extractor.key, 0.4 + number % 7 / 50)
        vault.record_outcome(person.subject_id, accepted=True, measured=(seen,))


def enrolment(number: str, template: Template) -> Enrolment:
    """One of them."""
    capture = replace(observation(characteristic=FACE), template=template)
    return Enrolment(new_identifier(), Details(number, f"Person {number}"), AGREED, (capture,), (), ENROLLED)


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector at length 1."""
    return np.asarray(vector / np.linalg.norm(vector))
