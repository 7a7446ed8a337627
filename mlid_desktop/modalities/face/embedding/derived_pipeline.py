"""The pipeline of an extractor whose embeddings another one's templates hold: for references that it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.samples import Sample
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.modalities.best_match import best_match
from mlid_desktop.modalities.face.embedding.compare import compare_templates
from mlid_desktop.modalities.face.embedding.forms import RawForm, TemplateForm
from mlid_desktop.modalities.face.embedding.index import FaceIndex


class DerivedPipeline:
    """Implements ``domain.ports.Pipeline`` and ``Deriving``: what the ``whole`` pipeline observes, in the template
    ``form`` of one of the networks that its own form (``whole_form``) holds. No network runs a second time."""

    def __init__(self, form: TemplateForm, whole_form: RawForm, whole: Pipeline) -> None:
        self._form = form
        self._whole_form = whole_form
        self._whole = whole

    @property
    def modality(self) -> Modality:
        """The modality of this pipeline: face."""
        return Modality.FACE

    @property
    def extractor(self) -> Extractor:
        """Identity of the extractor that is held."""
        return self._form.extractor

    def observe(self, sample: Sample) -> Observation:
        """What the whole pipeline observes, with the template of this extractor."""
        return self.derive(self._whole.observe(sample))

    def derive(self, observation: Observation) -> Observation:
        """An observation of the whole pipeline with the template of this extractor in place of its own. Raises
        ModelError where its template is malformed."""
        whole = observation.template
        if whole is None:
            return observation
        held = self._form.template(self._whole_form.embeddings(whole))
        return replace(observation, template=replace(held, characteristic=whole.characteristic))

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """The observation with its best comparison against references of this extractor. Raises ModelError."""
        return best_match(observation, references, self.similarity)

    def similarity(self, first: Template, second: Template) -> float:
        """Comparison score of two templates of this extractor. Raises ModelError for one of another or malformed."""
        return compare_templates(self._form, first, second)

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """The best of several templates."""
        return templates[0]

    def index(self, references: Sequence[Reference]) -> FaceIndex:
        """An index of references of this extractor. Raises ModelError where one is of another or malformed."""
        return FaceIndex(self._form, references)
