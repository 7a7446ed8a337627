"""What the sections of the models and of the calibration say: what each modality serves for, and what it is decided
by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from mlid_desktop.decision.site_calibration.measurement import FEWEST_PEOPLE
from mlid_desktop.decision.site_calibration.score_history import MonthFigures, quantile
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.templates import Grade
from mlid_desktop.gui.administration.content import Acts, Cell, Fact, Facts, Part, SectionContent, SectionState, Table
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.served_modalities import ServedModality, modality_of_role
from mlid_desktop.station.installation.components import InstalledModel
from mlid_desktop.station.services.site_calibrations import STEPS
from mlid_desktop.station.site_calibration.report import MOVED
from mlid_desktop.station.site_calibration.service import ModalityStanding
from mlid_desktop.station.text.language import LEFT_TO_RIGHT_MARK, Language
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.terms import MODALITIES

USES: Final = {
    "face-detector": _("Finds the face"),
    "face-detector-dynamic": _("Finds faces in large pictures"),
    "face-embedding": _("Compares faces"),
    "face-embedding-sface": _("Compares faces, second opinion"),
    "face-liveness-near": _("Looks for copies, near the face"),
    "face-liveness-far": _("Looks for copies, around the face"),
    "face-mesh": _("Follows movements of the face"),
    "face-quality": _("Judges pictures of faces"),
    "head-pose-1x1": _("Sees where the head is turned"),
    "head-pose-var": _("Sees where the head is turned, second opinion"),
    "fingerprint-minutiae": _("Finds the marks of a finger"),
    "speaker-embedding": _("Compares voices"),
    "speaker-embedding-bilstm": _("Compares voices, second opinion"),
    "voice-activity": _("Hears when somebody speaks"),
    "voice-antispoof": _("Looks for recordings"),
    "voice-antispoof-light": _("Looks for recordings, second opinion"),
}
"""What a model is used for, by its role."""
MONTHS_SHOWN: Final = 12


def models_content(
    served: Sequence[ServedModality], models: Sequence[InstalledModel], language: Language
) -> SectionContent:
    """What each modality serves for, then the files with what each does."""
    missing = sum(model.state != "installed" for model in models)
    lacking = Counter(modality_of_role(model.role) for model in models if model.state != "installed")
    table = _served_table(served, lacking, language)
    parts = (table, Acts((Task.INSTALL_MODELS_FROM,)), _file_table(models, language))
    condition = models_condition(served, missing, language)
    absent = frozenset() if missing else frozenset({Task.INSTALL_MODELS, Task.INSTALL_MODELS_FROM})
    return SectionContent(parts, condition, absent=absent)


def models_condition(served: Sequence[ServedModality], missing: int, language: Language) -> SectionState:
    """Which modality lacks how many models that it needs. Of all that are ``missing``, those that nothing needs are no
    reason to warn: they are told quietly where nothing else is."""
    text = language.text
    told = []
    for each in served:
        if each.missing:
            count = language.plural(
                "{number} model that it needs is missing.",
                "{number} models that it needs are missing.",
                len(each.missing),
            )
            told.append(text("{modality}: {count}", modality=text(MODALITIES[each.modality]), count=count))
    if told:
        return SectionState(
            Tone.INCONCLUSIVE, " ".join(told), text("Install the models before the first real person comes.")
        )
    if not missing:
        return SectionState(Tone.ACCEPTED, text("All models are installed."))
    optional = language.plural("{number} optional model is missing.", "{number} optional models are missing.", missing)
    return SectionState(Tone.ACCEPTED, text("Everything that is needed is installed."), optional)


def size_to_fetch(models: Sequence[InstalledModel]) -> int:
    """Bytes of the models that an installation would bring."""
    return sum(model.size for model in models if model.state != "installed")


def _served_table(
    served: Sequence[ServedModality], lacking: Mapping[Modality | None, int], language: Language
) -> Table:
    """What each modality serves for, and how many of the models that are ``lacking`` it needs or does without."""
    text = language.text

    def serves(row: ServedModality) -> Cell:
        needed, spare = len(row.missing), lacking.get(row.modality, 0) - len(row.missing)
        notes = []
        if needed:
            notes.append(
                language.plural(
                    "{number} model that it needs is missing.", "{number} models that it needs are missing.", needed
                )
            )
        if spare > 0:
            notes.append(
                language.plural(
                    "{number} optional model is missing.",
                    "{number} optional models are missing.",
                    spare,
                )
            )
        if facts_of(row.modality).supports_only:
            notes.append(text("It never decides alone."))
        if needed:
            return Cell(text("Only for a demo"), Tone.INCONCLUSIVE, " ".join(notes))
        return Cell(text("For real people"), Tone.ACCEPTED, " ".join(notes))

    rows = tuple((Cell(text(MODALITIES[row.modality])), serves(row)) for row in served)
    return Table((text("Checked by"), text("Usable")), rows, wide=1)


def _file_table(models: Sequence[InstalledModel], language: Language) -> Table:
    text = language.text
    states = {
        "installed": (text("installed"), Tone.ACCEPTED),
        "missing": (text("missing"), Tone.INCONCLUSIVE),
        "changed": (text("changed"), Tone.REJECTED),
    }

    def row(model: InstalledModel) -> tuple[Cell, ...]:
        grade = "" if model.grade is Grade.OPERATIONAL else text("for evaluation")
        named = " · ".join(part for part in (model.file, grade) if part)
        return (
            Cell(text(USES.get(model.role, model.role)), note=named),
            Cell(*states[model.state]),
            Cell(f"{LEFT_TO_RIGHT_MARK}{model.size / 1e6:.1f} MB"),
            Cell(model.licence),
        )

    heads = text("What it does"), text("State"), text("Size"), text("Licence")
    return Table(heads, tuple(map(row, models)), text("Files"), numbers=frozenset({2}))


def calibration_content(
    standings: Sequence[ModalityStanding], people: int, needed: Mapping[Modality, int], language: Language
) -> SectionContent:
    """What each modality is decided by, since when, and whether it has moved; then the visits by month. To calibrate
    is closed until as many ``people`` are enrolled as it takes at least; to rely on it takes about as many as are
    ``needed`` for each modality."""
    text = language.text
    moved = any(standing.drifts for standing in standings)
    stale = any(standing.site and not standing.is_applied for standing in standings)
    sites = any(standing.site for standing in standings)
    if stale:
        why = text("Until then the desk uses the limits that came with the program.")
        state = SectionState(Tone.INCONCLUSIVE, text("A calibration was made for another model: calibrate again."), why)
    elif moved:
        why = text("Look at light and cameras first; calibrating again helps where the people changed.")
        state = SectionState(Tone.INCONCLUSIVE, text("Scores or quality have moved"), why)
    elif sites:
        state = SectionState(Tone.ACCEPTED, text("This desk uses limits that were measured on the people here."))
    else:
        why = _when(people, max(needed.values()), language)
        state = SectionState(Tone.INFORMATION, text("This desk uses the limits that came with the program."), why)
    rows = tuple(_calibration_row(standing, language) for standing in standings)
    heads = text("Checked by"), text("Measured on"), text("Since"), text("Change over time")
    about, table = _about(people, needed, language), Table(heads, rows, even=True)
    parts: list[Part] = [table, Acts((Task.REVERT_CALIBRATION,)), about] if sites else [about, table]
    months = [(standing, month) for standing in standings for month in standing.months[-MONTHS_SHOWN:] if month.is_told]
    if months:
        listed = tuple(_month_row(standing, month, language) for standing, month in months)
        columns = text("Checked by"), text("Month"), text("Visits"), text("Median score"), text("Median quality")
        parts.append(Table(columns, listed, text("Accepted visits by month"), numbers=frozenset({2, 3, 4})))
    absent = frozenset() if sites else frozenset({Task.REVERT_CALIBRATION})
    return SectionContent(tuple(parts), state, absent=absent, closed=_closed(people, language))


def _about(people: int, needed: Mapping[Modality, int], language: Language) -> Facts:
    """What a calibration takes to be tried, and to be relied on; what is done in it, and what it changes."""
    text, number = language.text, language.number
    enough = people >= FEWEST_PEOPLE
    takes = text("{fewest} people enrolled at this desk", fewest=number(FEWEST_PEOPLE))
    relied = " · ".join(
        text(
            "{characteristic} about {number}",
            characteristic=text(MODALITIES[modality]),
            number=number(needed[modality]),
        )
        for modality in MODALITIES
    )
    is_reliable = people >= max(needed.values())
    rows = (
        Fact(text("To try it"), takes, Tone.ACCEPTED if enough else None),
        Fact(text("To rely on it"), relied, Tone.ACCEPTED if is_reliable else None),
        Fact(text("What is done"), text("Every two people are compared. You see before and after, then two decide.")),
        Fact(
            text("What it changes"),
            text("How alike two captures have to be, from the next unlock on. It can be undone."),
        ),
    )
    return Facts(rows, short=True)


def _closed(people: int, language: Language) -> str:
    """Why nobody can calibrate yet; empty once enough people are enrolled."""
    if people >= FEWEST_PEOPLE:
        return ""
    return language.plural(
        "Enrol {number} more person first.", "Enrol {number} more people first.", FEWEST_PEOPLE - people
    )


def _when(people: int, needed: int, language: Language) -> str:
    """What is to be done about limits that were measured on other people, as far as the people here go: they are asked
    to calibrate once there are as many as are ``needed`` for every modality."""
    enrolled = language.plural("{number} person is enrolled here", "{number} people are enrolled here", people)
    if people < FEWEST_PEOPLE:
        return language.text("They were measured on other people. There is nothing to do until more are enrolled here.")
    if people < needed:
        return language.text(
            "{enrolled}: enough to try a calibration. How many it takes to rely on it stands below.", enrolled=enrolled
        )
    return language.text("{enrolled}: calibrate on them. It may have to be stricter.", enrolled=enrolled)


def _calibration_row(standing: ModalityStanding, language: Language) -> tuple[Cell, ...]:
    text, number, site = language.text, language.number, standing.site
    if standing.drifts:
        drift = standing.drifts[-1]
        moved = Cell(text(MOVED[drift.moved]), Tone.INCONCLUSIVE, drift.month)
    elif any(month.is_told for month in standing.months):
        moved = Cell(text("none"), Tone.ACCEPTED)
    else:
        moved = Cell(text("too few visits to say"))
    name = Cell(text(MODALITIES[standing.modality]))
    if site is None:
        return name, Cell(text("other people")), Cell("–"), moved
    compared = text(
        "{people} people, {pairs} comparisons", people=number(site.calibration.people), pairs=number(site.pairs)
    )
    by = text("by {by} and {second}", by=site.made_by, second=site.confirmed_by)
    since = Cell(language.date(datetime.fromisoformat(site.made_at)), note=by)
    if standing.is_applied:
        return name, Cell(text("the people here"), note=compared), since, moved
    return name, Cell(text("other people"), Tone.INCONCLUSIVE, compared), since, moved


def _month_row(standing: ModalityStanding, month: MonthFigures, language: Language) -> tuple[Cell, ...]:
    return (
        Cell(language.text(MODALITIES[standing.modality])),
        Cell(month.month),
        Cell(language.number(month.visits)),
        Cell(f"{quantile(month.accepted, 0.5, STEPS.score):.3g}"),
        Cell(f"{quantile(month.quality, 0.5, STEPS.quality):.3g}"),
    )
