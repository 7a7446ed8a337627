"""Evaluation of prompted digits: how well they tell what was said and who said it, on recordings of single digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.observations import PromptFinding
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.provenance import Provenance
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import SoundSample
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.evaluation.metrics import share_interval
from mlid_desktop.evaluation.observations import OpenSource, Progress
from mlid_desktop.evaluation.voice.channels import NOISE_DB, Condition, Wave, equalise_channels, join_digits
from mlid_desktop.evaluation.voice.datasets import DigitSet, read_sound
from mlid_desktop.modalities.voice.parameters import VoiceGates
from mlid_desktop.modalities.voice.pipeline import VoiceSettings, open_prompt_pipeline
from mlid_desktop.modalities.voice.templates import decode, encode
from mlid_desktop.models.store import ModelStore
from mlid_desktop.station.documents.exact_interval import Interval

DIGITS = 8
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """How many trials of prompted digits are made: ``references`` takes of each digit at enrolment; ``enrolments`` a
    speaker, each probed ``probes`` times by each speaker, and with ``wrong`` sequences that were not asked.
    ``one_session``: enrolled are recordings that follow one another, as at a desk; else any. ``noise_db``: how far the
    noise of a noisy condition lies below the speech."""

    references: int = 3
    enrolments: int = 10
    probes: int = 5
    wrong: int = 20
    condition: Condition = Condition.PLAIN
    seed: int = 0
    one_session: bool = False
    noise_db: float = NOISE_DB

    @property
    def heard_in(self) -> str:
        """The condition in words, with the level of its noise."""
        return f"{self.condition.value}, {self.noise_db:g} dB" if self.condition.noisy else self.condition.value

    @property
    def added_noise(self) -> float | None:
        """How far noise lies below the speech; None where none is added."""
        return self.noise_db if self.condition.noisy else None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of trials, with its exact interval as if they were independent."""

    count: int
    trials: int

    @property
    def rate(self) -> float:
        """The share as a number 0..1."""
        return self.count / self.trials if self.trials else 0.0

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the share."""
        return share_interval(self.count, self.trials)


@dataclass(frozen=True, slots=True, eq=False)
class PromptResult:
    """The outcome of trials of prompted digits: ``confirmed`` and ``passed`` (said as asked; and by the enrolled voice)
    of genuine trials, ``wrong_confirmed`` of sequences that were not asked, ``one_wrong_confirmed`` of such that differ
    in one digit, ``stranger_passed`` of others who say the right one; ``missed`` takes of which a digit was not found
    count as failed. ``withheld`` takes, in a room so loud that nothing is said about who spoke, take part in no other
    share; an enrolment there is none. By speaker too."""

    plan: PromptPlan
    confirmed: Share
    passed: Share
    wrong_confirmed: Share
    one_wrong_confirmed: Share
    stranger_confirmed: Share
    stranger_passed: Share
    digit_heard: Share
    withheld: Share
    missed: int
    by_speaker: dict[str, dict[str, Share]]


def prompt_pipeline(store: ModelStore, cohorts: Path, *, with_speaker: bool) -> Pipeline:
    """Opens the prompt check with or without the speaker comparison, and without attack evidence, which these trials do
    not ask for."""
    return open_prompt_pipeline(store, cohorts, VoiceSettings(VoiceGates(bandwidth=0.0)), with_speaker=with_speaker)


def evaluate_prompts(
    digits: DigitSet, plan: PromptPlan, pipeline: Pipeline, open_source: OpenSource, progress: Progress
) -> PromptResult:
    """Evaluates prompted digits on takes put together from recordings, each used in enrolment or probe of a trial and
    never in both.

    Raises UsageError(USAGE_BAD_DATASET) where a recording cannot be read.
    """
    voices = _read(digits, open_source, plan.condition)
    rows: list[tuple[str, str, str, PromptFinding | None]] = []
    done, total = 0, plan.enrolments * len(voices.waves)
    for enrolment in range(plan.enrolments):
        source = np.random.default_rng((plan.seed, enrolment))
        for name in voices.waves:
            rows += _run_enrolment(name, voices, plan, pipeline, source)
            done += 1
            progress(done / total, name)
    return _count_results(rows, plan)


@dataclass(frozen=True, slots=True, eq=False)
class _Voices:
    waves: dict[str, dict[int, list[Wave]]]
    rate: int
    provenance: Provenance


def _read(digits: DigitSet, open_source: OpenSource, condition: Condition) -> _Voices:
    waves: dict[str, dict[int, list[Wave]]] = {}
    rates, provenance = set(), None
    for name, own in digits.takes.items():
        for digit, paths in own.items():
            for path in paths:
                sample = read_sound(path, open_source)
                if sample is None:
                    raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} cannot be read")
                rates.add(sample.rate)
                provenance = sample.provenance
                waves.setdefault(name, {}).setdefault(digit, []).append(sample.block)
    if len(rates) != 1 or provenance is None:
        raise UsageError(Code.USAGE_BAD_DATASET, why="recordings of different sample rates")
    rate = rates.pop()
    return _Voices(_equalise_all(waves, rate) if condition.one_channel else waves, rate, provenance)


def _equalise_all(waves: dict[str, dict[int, list[Wave]]], rate: int) -> dict[str, dict[int, list[Wave]]]:
    flat = {name: [wave for digit in sorted(own) for wave in own[digit]] for name, own in waves.items()}
    made: dict[str, dict[int, list[Wave]]] = {}
    for name, row in equalise_channels(flat, rate).items():
        rest = iter(row)
        made[name] = {digit: [next(rest) for _ in waves[name][digit]] for digit in sorted(waves[name])}
    return made


def _run_enrolment(
    name: str, voices: _Voices, plan: PromptPlan, pipeline: Pipeline, source: np.random.Generator
) -> list[tuple[str, str, str, PromptFinding | None]]:
    """All trials against one enrolment of one speaker: (kind, speaker enrolled, speaker heard, finding)."""
    order = {digit: _order(len(own), plan, source) for digit, own in voices.waves[name].items()}
    reference = _reference(name, order, voices, plan, pipeline, source)
    if isinstance(reference, Reason):
        if reference is Reason.ROOM_TOO_LOUD:
            return [("withheld", name, heard, None) for heard in voices.waves for _ in range(plan.probes)]
        return [("missed", name, name, None)] * plan.probes
    rows: list[tuple[str, str, str, PromptFinding | None]] = []
    for heard in voices.waves:
        for _ in range(plan.probes):
            prompt = _draw(source)
            fresh = {digit: row[plan.references :] for digit, row in order.items()} if heard == name else {}
            waves = [_pick(voices.waves[heard][digit], fresh.get(digit, ()), source) for digit in prompt]
            wave, shown = join_digits(waves, voices.rate, source, noise_db=plan.added_noise)
            seen = pipeline.observe(_sample(wave, prompt, shown, voices))
            if seen.reason is Reason.ROOM_TOO_LOUD:
                rows.append(("withheld", name, heard, None))
                continue
            kind = "genuine" if heard == name else "stranger"
            rows.append((kind, name, heard, pipeline.compare(seen, [reference]).prompt))
            if heard == name and seen.template is not None:
                others = [digits for digits in (_draw(source) for _ in range(plan.wrong)) if digits != prompt]
                changed = _with_one_digit_changed(prompt, source)
                for label, spoken in [*(("wrong", digits) for digits in others), ("one", changed)]:
                    relabelled = replace(seen, template=_relabelled(seen.template, spoken))
                    rows.append((label, name, heard, pipeline.compare(relabelled, [reference]).prompt))
    return rows


def _order(count: int, plan: PromptPlan, source: np.random.Generator) -> list[int]:
    """Order in which a digit's recordings are used, those to enrol first; after one session its neighbours are not
    probed with."""
    mixed: list[int] = source.permutation(count).tolist()
    if not plan.one_session:
        return mixed
    first = mixed[0]
    session = [(first + step) % count for step in range(plan.references)]
    far = [number for number in mixed if min((number - first) % count, (first - number) % count) > 2 * plan.references]
    return session + far


def _reference(
    name: str,
    order: Mapping[int, Sequence[int]],
    voices: _Voices,
    plan: PromptPlan,
    pipeline: Pipeline,
    source: np.random.Generator,
) -> Reference | Reason:
    templates, qualities = [], []
    for number in range(plan.references):
        prompt = tuple(source.permutation(10).tolist())
        waves = [voices.waves[name][digit][order[digit][number]] for digit in prompt]
        wave, shown = join_digits(waves, voices.rate, source, noise_db=plan.added_noise)
        seen = pipeline.observe(_sample(wave, prompt, shown, voices))
        if seen.template is None or seen.reason is Reason.ROOM_TOO_LOUD:
            return seen.reason or Reason.TOO_LITTLE_SPEECH
        templates.append(seen.template)
        qualities.append(seen.quality.unified)
    made = pipeline.consolidate(templates)
    return Reference("0" * 32, "0" * 32, made, max(qualities), voices.provenance, MADE_AT)


def _relabelled(template: Template, prompt: tuple[int, ...]) -> Template:
    """The template of the same sound as if other digits had been asked: what was heard stays, only labels change."""
    voice = decode(template.payload)
    digits = replace(voice.digits, label=np.array(prompt, np.uint8))
    return replace(template, payload=encode(replace(voice, digits=digits)))


def _sample(wave: Wave, prompt: tuple[int, ...], shown: tuple[float, ...], voices: _Voices) -> SoundSample:
    return SoundSample(0, 0.0, voices.provenance, wave, voices.rate, prompt, shown)


def _draw(source: np.random.Generator) -> tuple[int, ...]:
    """Digits of a prompt, drawn as at a desk: two groups, no digit twice in one."""
    drawn = Random(int(source.integers(2**63)))  # noqa: S311 - trials that repeat exactly, no secret
    half = DIGITS // 2
    return tuple(digit for _ in range(2) for digit in drawn.sample(range(10), half))


def _with_one_digit_changed(prompt: tuple[int, ...], source: np.random.Generator) -> tuple[int, ...]:
    index, step = int(source.integers(len(prompt))), int(source.integers(1, 10))
    return (*prompt[:index], (prompt[index] + step) % 10, *prompt[index + 1 :])


def _pick(takes: Sequence[Wave], fresh: Sequence[int], source: np.random.Generator) -> Wave:
    indices = fresh or range(len(takes))
    return takes[indices[int(source.integers(len(indices)))]]


def _count_results(rows: Sequence[tuple[str, str, str, PromptFinding | None]], plan: PromptPlan) -> PromptResult:
    def share(kind: str, both: bool, of: str | None = None) -> Share:
        kinds = (kind, "missed") if kind == "genuine" else (kind,)
        chosen = [finding for label, name, _, finding in rows if label in kinds and of in (None, name)]
        good = [finding is not None and finding.confirmed and (finding.same_voice or not both) for finding in chosen]
        return Share(sum(good), len(good))

    asked = [label for label, _, _, _ in rows if label in {"genuine", "stranger", "missed", "withheld"}]
    findings = [finding for label, _, _, finding in rows if label == "genuine" and finding is not None]
    heard = [digit for finding in findings for digit in finding.heard]
    return PromptResult(
        plan,
        share("genuine", both=False),
        share("genuine", both=True),
        share("wrong", both=False),
        share("one", both=False),
        share("stranger", both=False),
        share("stranger", both=True),
        Share(sum(heard), len(heard)),
        Share(asked.count("withheld"), len(asked)),
        sum(finding is None for label, _, _, finding in rows if label in {"genuine", "missed"}),
        {
            name: {
                "confirmed": share("genuine", both=False, of=name),
                "passed": share("genuine", both=True, of=name),
                "wrong_confirmed": share("wrong", both=False, of=name),
                "stranger_passed": share("stranger", both=True, of=name),
            }
            for name in sorted({name for _, name, _, _ in rows})
        },
    )
