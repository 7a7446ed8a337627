"""Simulates a presentation held nearer to the camera: frames enlarged about the face."""

from __future__ import annotations

from dataclasses import replace

from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.samples import FrameSample, Sample
from mlid_desktop.modalities.face.crop import enlarge_about


class ZoomedPipeline:
    """A pipeline that observes what another, ``pipeline``, would see ``zoom`` times nearer; a frame without a face
    stays as it is."""

    def __init__(self, pipeline: Pipeline, zoom: float) -> None:
        self.modality = pipeline.modality
        self.extractor = pipeline.extractor
        self.compare = pipeline.compare
        self.similarity = pipeline.similarity
        self.consolidate = pipeline.consolidate
        self.index = pipeline.index
        self._pipeline = pipeline
        self._zoom = zoom

    def observe(self, sample: Sample) -> Observation:
        """The observation of the frame enlarged about its face."""
        first = self._pipeline.observe(sample)
        if self._zoom <= 1.0 or not first.regions or not isinstance(sample, FrameSample):
            return first
        left, top, width, height = first.regions[0].box
        near = enlarge_about(sample.image, (left + width / 2, top + height / 2), self._zoom)
        return self._pipeline.observe(replace(sample, image=near))
