"""What the dialog of a calibration shows: what changes under the policy in force, and before and after side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlid_desktop.decision.site_calibration.measurement import MatchRate, people_needed
from mlid_desktop.decision.site_calibration.score_history import Refusals
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.site_calibration.finding_sentences import (
    carried_text,
    left_out_text,
    raised_text,
    refused_bounds,
    would_pass_text,
)
from mlid_desktop.station.site_calibration.service import PolicyChange, SiteFinding
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.results import policy_name


@dataclass(frozen=True, slots=True)
class Told:
    """A figure in plain words, and in small what stands behind it."""

    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared, as it was before and as it would be after."""

    name: str
    before: Told
    after: Told


@dataclass(frozen=True, slots=True)
class PolicyRows:
    """What would change under one policy: its name, what it asks for, and before and after; ``doubt`` says why that is
    not to be relied on, empty where it is; a ``note`` tells more."""

    name: str
    asks: str
    rows: tuple[Compared, ...]
    doubt: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationScreen:
    """What was measured: what follows, in a tone; before and after under each policy; how it was compared. ``closed``
    says why the new limits cannot be used, empty where they can; ``doubt`` why what was measured for the policy in
    force is not to be relied on, empty where it is."""

    tone: Tone
    outcome: str
    policies: tuple[PolicyRows, ...]
    how: tuple[str, ...]
    closed: str = ""
    doubt: str = ""


def calibration_screen(finding: SiteFinding, language: Language) -> CalibrationScreen:
    """What the dialog shows of a finding, the policy in force first. The new limits can be used where they may be
    stored and before and after are there under a policy."""
    text = language.text
    in_force = finding.material.policies[0].identity.name
    ordered = sorted(finding.changes, key=lambda change: change.policy != in_force)
    told = [change for change in ordered if change.before is not None or change.after is not None]
    policies = tuple(_policy_rows(change, language, in_force=change.policy == in_force) for change in told)
    how = _how(finding, ordered, language)
    if finding.refusal is not None:
        why = str(sentence(finding.refusal, language))
        return CalibrationScreen(Tone.INCONCLUSIVE, why, policies, how, text("It cannot be stored: see above."))
    closed = "" if told else text("No policy has a before and an after.")
    outcome = _outcome(ordered, language)
    doubt = next((change for change in told if change.policy == in_force and is_doubted(change)), None)
    if doubt is None:
        return CalibrationScreen(Tone.INFORMATION, outcome, policies, how, closed)
    why = text(
        "Keep the present limits: {people} people are too few to rely on new ones, that takes about {needed}.",
        people=language.number(finding.measurement.pairs.people),
        needed=language.number(people_needed(doubt.asked)),
    )
    return CalibrationScreen(Tone.INCONCLUSIVE, f"{why} {outcome}", policies, how, closed, why)


def is_doubted(change: PolicyChange) -> bool:
    """Whether too few people were compared to rely on what would change under a policy."""
    return change.false_after is not None and not change.false_after.is_measured


def _outcome(ordered: Sequence[PolicyChange], language: Language) -> str:
    """What would change at this desk, under the policy in force, which is the first."""
    text = language.text
    change = ordered[0] if ordered else None
    if change is None or (change.before is None and change.after is None):
        return text("Nothing would change under the policy in force.")
    if change.after is None:
        return text("Nobody would be accepted under the policy in force.")
    if change.before is None or change.after < change.before:
        return text(
            "With the new limits this desk would be less strict: fewer right people are refused, more "
            "strangers may pass."
        )
    if change.after > change.before:
        return text(
            "With the new limits this desk would be stricter: fewer strangers pass, more right people may be refused."
        )
    return text("Nothing would change under the policy in force.")


def _policy_rows(change: PolicyChange, language: Language, *, in_force: bool) -> PolicyRows:
    text, number = language.text, language.number
    name = text("Policy {name}", name=policy_name(change.policy, language))
    asks = text("asks that at most 1 in {number} strangers passes", number=number(round(1 / change.asked)))
    rows = (
        Compared(
            text("Strangers who pass"),
            _strangers(change.before, change.false_before, language),
            _strangers(change.after, change.false_after, language),
        ),
        Compared(text("Of 100 right people, refused"), *_refused(change, language)),
        Compared(text("How alike two captures have to be (score)"), _score(change.before), _score(change.after)),
    )
    doubt, note = "", ""
    if change.visits is not None and change.visits.is_told and change.visits.rejected:
        note = would_pass_text(change.visits, language)
    if is_doubted(change):
        needed = number(people_needed(change.asked))
        doubt = text("Too few people to rely on it: that takes about {number}.", number=needed)
    named = text("{policy}, in force", policy=name) if in_force else name
    return PolicyRows(named, asks, rows, doubt, note)


def _strangers(threshold: float | None, rate: MatchRate | None, language: Language) -> Told:
    """How often two people here are taken for one another."""
    text, number = language.text, language.number
    if threshold is None or rate is None:
        return Told(text("none"), text("nobody is accepted"))
    most = text("1 in {number}", number=number(max(1, int(1 / rate.high)))) if rate.high else ""
    pairs = number(rate.pairs)
    if not rate.matches:
        return Told(text("none"), text("0 of {pairs} pairs, up to {most}", pairs=pairs, most=most))
    return Told(
        text("1 in {number}", number=number(round(rate.pairs / rate.matches))),
        text("{matches} of {pairs} pairs, up to {most}", matches=number(rate.matches), pairs=pairs, most=most),
    )


def _refused(change: PolicyChange, language: Language) -> tuple[Told, Told]:
    """How many of past visits that were accepted would be refused: before, by their choice, none."""
    text = language.text
    nobody = Told(language.number(100), text("nobody is accepted"))
    visits = change.visits
    is_told = visits is not None and visits.is_told
    before = (
        Told(language.number(0), text("past visits that were accepted")) if is_told else Told(text("too few visits"))
    )
    after = _of_visits(visits, language) if visits is not None and is_told else Told(text("too few visits"))
    return (nobody if change.before is None else before), (nobody if change.after is None else after)


def _of_visits(visits: Refusals, language: Language) -> Told:
    text, number = language.text, language.number
    most = 100 * refused_bounds(visits).high
    share = f"{100 * visits.now_refused / visits.accepted:.1f}".removesuffix(".0")
    behind = text(
        "{refused} of {visits} past visits, up to {most} of 100",
        refused=number(visits.now_refused),
        visits=number(visits.accepted),
        most=f"{most:.0f}",
    )
    return Told(share, behind)


def _score(threshold: float | None) -> Told:
    return Told("–" if threshold is None else f"{threshold:.3g}")


def _how(finding: SiteFinding, ordered: Sequence[PolicyChange], language: Language) -> tuple[str, ...]:
    """How it was compared, and what cannot be said by it."""
    text, number = language.text, language.number
    measured, pairs = finding.measurement, finding.measurement.pairs
    said = [
        text(
            "{people} people were compared, every two of them: {pairs} pairs.",
            people=number(pairs.people),
            pairs=number(len(pairs.score)),
        )
    ]
    if pairs.left_out:
        said.append(left_out_text(pairs.left_out, language))
    if measured.carried_fmr is not None:
        said.append(carried_text(measured.carried_fmr, language))
    if measured.raised > 1.0:
        said.append(raised_text(measured.raised, language))
    unchanged = [change for change in ordered if change.before is None and change.after is None]
    if unchanged:
        names = " · ".join(policy_name(change.policy, language) for change in unchanged)
        said.append(
            text(
                "Nobody is accepted under these policies, before or after, as they ask for more: {names}.", names=names
            )
        )
    return tuple(said)
