"""The voice pipeline, from a take of sound to evidence; see :func:`open_voice_pipeline`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mlid_desktop.domain.characteristics import VOICE, Modality
from mlid_desktop.domain.observations import AttackEvidence, Comparison, Evidence, Observation, PromptFinding
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import Sample
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.modalities.backward_compatibility import BackwardCompatiblePipeline
from mlid_desktop.modalities.step_timer import StepTimer
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice import quality, replay
from mlid_desktop.modalities.voice.compare import INSUFFICIENT, VoiceIndex, read_voice, speaker_score
from mlid_desktop.modalities.voice.detect import (
    EnergyActivity,
    SileroActivity,
    SpeechSegment,
    VoiceActivity,
    extract_speech,
    speech_seconds,
    speech_segments,
)
from mlid_desktop.modalities.voice.digits import SpokenDigits, no_digits, segment_digits
from mlid_desktop.modalities.voice.extract import Encoder, VoiceCohort, empty_cohort, read_cohort
from mlid_desktop.modalities.voice.pad import SpoofDetector
from mlid_desktop.modalities.voice.parameters import AttackScale, PromptRules, VoiceGates
from mlid_desktop.modalities.voice.prompt import check_prompt
from mlid_desktop.modalities.voice.sound import Sound, Wave, checked_sound
from mlid_desktop.modalities.voice.templates import VoicePrint, decode, encode, merge_prints
from mlid_desktop.models.session import ModelSession
from mlid_desktop.models.store import ModelStore

ENCODER_ROLES = ("speaker-embedding", "speaker-embedding-bilstm")
"""Encoders, today's first; one that is not installed leaves its place to the next."""

ROLES = ("voice-activity", *ENCODER_ROLES, "voice-antispoof")
PROMPT_ROLES = ROLES[:-1]
EARLIER_ROLES = ("voice-activity", *ENCODER_ROLES[1:])


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """A station's settings of the voice pipeline: gates of quality, thresholds of the prompt check, the attack
    detector's scale for each microphone by its device key."""

    gates: VoiceGates = field(default_factory=VoiceGates)
    rules: PromptRules = field(default_factory=PromptRules)
    scales: Mapping[str, AttackScale] = field(default_factory=dict)
    usual_scale: AttackScale = field(default_factory=AttackScale)


def open_succeeding_pipeline(store: ModelStore, cohorts: Path, settings: VoiceSettings | None = None) -> Pipeline:
    """Opens the voice pipeline of today's encoder and, where the one before is installed too, beside it the pipeline
    that compares with references of that one. Raises ModelError as :func:`open_voice_pipeline`."""
    today = open_voice_pipeline(store, cohorts, settings)
    if today.encoder_role != ENCODER_ROLES[0]:
        return today
    before = open_voice_pipeline(store, cohorts, settings, EARLIER_ROLES)
    return today if before.encoder_role is None else BackwardCompatiblePipeline(today, [before], renewed_template)


def renewed_template(probe: Template, earlier: Sequence[Template]) -> Template | None:
    """The template that takes the place of a person's templates of an earlier encoder: the speaker as today's encoder
    heard them, the digits as they were enrolled. None where the probe holds too little speech. Raises ModelError."""
    speaker = decode(probe.payload).speaker
    if speaker is None:
        return None
    kept = merge_prints([VoicePrint(digits=decode(template.payload).digits) for template in earlier])
    return replace(probe, payload=encode(VoicePrint(speaker, kept.digits)))


def open_voice_pipeline(
    store: ModelStore, cohorts: Path, settings: VoiceSettings | None = None, roles: Sequence[str] = ROLES
) -> VoicePipeline:
    """Opens the voice pipeline with the models that are installed: without an encoder the prompt check still works,
    without the activity model loudness replaces it. ``cohorts`` is the folder of the cohorts of voices, ``roles`` those
    that may be opened; of encoders the first that is installed. Raises ModelError where one is changed or unusable."""
    chosen = settings or VoiceSettings()
    activity, spoof = (store.open_installed(role) if role in roles else None for role in (ROLES[0], ROLES[-1]))
    encoders = (store.open_installed(role) for role in ENCODER_ROLES if role in roles)
    encoder = next((found for found in encoders if found is not None), None)
    cohort = None if encoder is None else load_cohort(cohorts, encoder)
    models = ""
    if encoder is not None:
        digest = "" if cohort is None else cohort.digest
        models = hashlib.sha256(f"{encoder.sha256}{digest}".encode()).hexdigest()
    return VoicePipeline(
        Extractor(p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION, models),
        chosen,
        EnergyActivity() if activity is None else SileroActivity(activity),
        None if encoder is None else Encoder(encoder),
        cohort,
        None if spoof is None else SpoofDetector(spoof, chosen.scales, chosen.usual_scale),
    )


def open_prompt_pipeline(
    store: ModelStore, cohorts: Path, settings: VoiceSettings | None = None, *, with_speaker: bool = True
) -> VoicePipeline:
    """Opens a voice pipeline for the prompt check alone: without attack evidence, and without the speaker comparison
    where that is asked. Raises ModelError where a model is changed or unusable."""
    return open_voice_pipeline(store, cohorts, settings, roles=PROMPT_ROLES if with_speaker else PROMPT_ROLES[:1])


def load_cohort(folder: Path, encoder: ModelSession) -> VoiceCohort | None:
    """The voice cohort made for this encoder; None where there is none. Raises ModelError(MODEL_UNUSABLE)."""
    path = folder / p.COHORT_FILE.format(encoder.sha256[:12])
    return read_cohort(path.read_bytes()) if path.is_file() else None


class VoicePipeline:
    """Implements ``domain.ports.Pipeline`` for voices: a sample is a whole take, with the digits that were asked."""

    def __init__(
        self,
        extractor: Extractor,
        settings: VoiceSettings,
        activity: VoiceActivity,
        encoder: Encoder | None,
        cohort: VoiceCohort | None,
        spoof: SpoofDetector | None,
    ) -> None:
        self._extractor = extractor
        self._settings = settings
        self._activity = activity
        self._encoder = encoder
        self._scale = p.SCALES[ENCODER_ROLES[-1] if encoder is None else encoder.role]
        self._cohort = cohort
        self._spoof = spoof

    @property
    def encoder_role(self) -> str | None:
        """The role of the encoder's model; None where none is installed."""
        return None if self._encoder is None else self._encoder.role

    @property
    def modality(self) -> Modality:
        """The modality of this pipeline: voice."""
        return Modality.VOICE

    @property
    def extractor(self) -> Extractor:
        """Identity of the template extractor: the encoder, its cohort, and how digits are kept."""
        return self._extractor

    def observe(self, sample: Sample) -> Observation:
        """The observation of one voice take: speech, quality, attack evidence, digits and embedding; a reason where it
        cannot be used."""
        timer = StepTimer()
        sound = checked_sound(sample)
        if isinstance(sound, Reason):
            return Observation(VOICE, sample, reason=sound)
        timer.step("sound")
        spoken = speech_segments(self._activity.active(sound.wave), len(sound.wave))
        timer.step("detect")
        if not spoken:
            heard = quality.quality_without_speech(sound)
            return Observation(VOICE, sample, quality=heard, reason=Reason.NO_SPEECH, steps_ms=timer.durations)
        prompt = tuple(getattr(sample, "prompt", ()))
        digits = segment_digits(sound.wave, prompt, tuple(getattr(sample, "shown", ()))) if prompt else no_digits()
        timer.step("digits")
        speaker, one_voice = self._speaker(sound, spoken)
        timer.step("extract")
        attack = self._attack(sound.wave, spoken, sample)
        timer.step("liveness")
        shown = tuple(getattr(sample, "shown", ())) if prompt else ()
        natives = quality.measure(sound, spoken, one_voice, shown)
        judged = quality.assess(natives, self._settings.gates, self._scale.one_voice)
        timer.step("quality")
        reason = quality.unusable_reason(judged)
        if digits is None or (speaker is None and not len(digits)):
            missing = Reason.DIGIT_MISSING if digits is None else Reason.TOO_LITTLE_SPEECH
            why = reason if reason is Reason.ROOM_TOO_LOUD else missing
            return Observation(VOICE, sample, (), judged, attack, None, why, timer.durations)
        template = Template(VOICE, self._extractor, encode(VoicePrint(speaker, digits)))
        return Observation(VOICE, sample, (), judged, attack, template, reason, timer.durations)

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """The observation with its comparison against the subject's voice references: the speaker by the best of them
        (no comparison of too little speech), the digits against those of all of them. In a room that is too loud
        nothing is compared: there a voice does not tell who spoke."""
        own = [reference for reference in references if reference.template.characteristic == VOICE]
        template = observation.template
        if template is None or not own or observation.reason is Reason.ROOM_TOO_LOUD:
            return Evidence(observation)
        probe = read_voice(self._extractor, template)
        scored = []
        for reference in own:
            if reference.template.extractor.key == self._extractor.key:
                score = speaker_score(probe, decode(reference.template.payload))
                if score is not None:
                    scored.append(Comparison(score, reference.reference_id, reference.created_at))
        best = max(scored, key=lambda comparison: comparison.score, default=None)
        return Evidence(observation, best, prompt=self._prompt(probe, own, best))

    def similarity(self, first: Template, second: Template) -> float:
        """Comparison score of two voice templates, see :mod:`compare`. Raises ModelError for a template of another
        extractor or malformed."""
        score = speaker_score(read_voice(self._extractor, first), read_voice(self._extractor, second))
        return INSUFFICIENT if score is None else score

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """One template of several takes: the mean of the embeddings and all digits. Raises ModelError for a template of
        another extractor or malformed."""
        voices = [read_voice(self._extractor, template) for template in templates]
        return replace(templates[0], payload=encode(merge_prints(voices)))

    def index(self, references: Sequence[Reference]) -> VoiceIndex:
        """An index of voice references for 1:N search. Raises ModelError where a reference is of another extractor or
        malformed."""
        return VoiceIndex(self._extractor, references)

    def _speaker(self, sound: Sound, spoken: tuple[SpeechSegment, ...]) -> tuple[np.ndarray | None, float | None]:
        """The speaker's template vector and the similarity of the take's parts to one another; neither of too little
        speech."""
        if self._encoder is None or speech_seconds(spoken) < self._scale.least_seconds:
            return None, None
        heard = _with_pauses(sound.wave, spoken)
        embedding = self._encoder.embed(heard)
        cohort = self._cohort or empty_cohort(len(embedding))
        parts = self._encoder.consecutive_embeddings(
            extract_speech(sound.wave, spoken)[: p.MAX_ENCODED_SECONDS * p.RATE]
        )
        return cohort.normalise(embedding), _least_alike(parts)

    def _attack(self, wave: Wave, spoken: tuple[SpeechSegment, ...], sample: Sample) -> AttackEvidence | None:
        if self._spoof is None:
            return None
        evidence = self._spoof.assess(wave, spoken, sample.provenance.device.key)
        return replace(evidence, cues=replay.find_replay_cues(wave, spoken))

    def _prompt(
        self, probe: VoicePrint, references: Sequence[Reference], speaker: Comparison | None
    ) -> PromptFinding | None:
        """The prompt finding of a take; needs no encoder, so that the digits of references of other encoders count
        too."""
        digits: SpokenDigits = no_digits()
        for reference in references:
            made_by = reference.template.extractor
            if (made_by.name, made_by.version) == (p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION):
                digits = digits.joined(decode(reference.template.payload).digits)
        same = None if speaker is None else speaker.score >= self._scale.speaker
        return check_prompt(probe.digits, digits, self._settings.rules, same)


def _with_pauses(wave: Wave, spoken: tuple[SpeechSegment, ...]) -> Wave:
    """The speech with pauses as short as in the encoder's training data; longer silences are cut to those."""
    margin = round(p.SPEECH_MARGIN_SECONDS * p.RATE)
    keep = np.zeros(len(wave), np.bool_)
    for segment in spoken:
        keep[max(0, segment.start - margin) : segment.end + margin] = True
    return wave[keep]


def _least_alike(parts: np.ndarray) -> float | None:
    """The least cosine between any two parts of a take; None with one part alone."""
    return float(np.min(parts @ parts.T)) if len(parts) > 1 else None
