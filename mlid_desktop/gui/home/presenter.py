"""What the home page shows: what waits, and the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PAGES, PageName
from mlid_desktop.gui.page.setup_presenter import missing_names
from mlid_desktop.gui.state.people_index import Part, PeopleIndex, day_began
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.services.attempt_releases import RecentSuspicions
from mlid_desktop.station.services.pending_work import PendingWork
from mlid_desktop.station.site_calibration.report import drift_line
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import terms_of
from mlid_desktop.station.text.terms import MODALITIES

TOLD_FROM = 2000  # references that are made ready; fewer are before anybody has read it
MOST_DRAFTS = 3  # rows; the others follow when these are done


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on the home page and what it counts."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class PendingRow:
    """Something that waits for the operator: what, until when or why, and the page to go to, None where there is
    nothing to be done; the ``draft`` or ``search`` to open there, where it is one; the ``part`` of the records to list,
    where they are records; ``pair`` are the people whom two operators may tell apart, ``person`` is whom two people may
    let try anew; ``clock`` where the machine's clock is wrong and this operator may say that it is right."""

    icon: str
    text: str = field(repr=False)
    note: str
    action: str
    page_name: PageName | None = None
    draft: str = ""
    search: str = ""
    part: Part | None = None
    person: str = ""
    pair: tuple[str, str] = ("", "")
    clock: bool = False


@dataclass(frozen=True, slots=True)
class SetupState:
    """How far the set-up of the desk is, what is missing, and what the button that leads there is called."""

    words: str
    missing: str
    action: str
    done: int
    count: int


@dataclass(frozen=True, slots=True)
class HomeScreen:
    """What the home page shows: the numbers under the actions, in titled groups; ``empty`` invites to enrol the
    first person; ``off`` says which modalities are, and what turns them on; ``setup`` what is missing before anything
    works, None where nothing is or nobody is here to do it."""

    groups: tuple[tuple[str, tuple[Figure, ...]], ...]
    empty: bool
    off: str = ""
    waiting: tuple[PendingRow, ...] = ()
    setup: SetupState | None = None


def home_screen(
    people_index: PeopleIndex,
    now: datetime,
    language: Language,
    engine_faults: Mapping[Modality, MlidError | None] = MappingProxyType({}),
    waiting: PendingWork | None = None,
    missing: Sequence[SetupStep] | None = None,
    *,
    keeps_portraits: bool = True,
) -> HomeScreen:
    """The home page in plain figures: who is enrolled, who was today, and the checks of today. ``missing`` are steps of
    the set-up, None where nobody is here to do them; ``keeps_portraits`` says whether the policy keeps any."""
    waiting = waiting or PendingWork()
    counts = waiting.today
    enrolled = (
        Figure(language.number(len(people_index.people)), language.text("in all")),
        Figure(language.number(people_index.since(day_began(now))), language.text("today")),
    )
    checks = (
        Figure(language.number(counts.accepted), language.text("accepted")),
        Figure(language.number(counts.rejected), language.text("rejected")),
        Figure(language.number(counts.inconclusive), language.text("inconclusive")),
        Figure(language.number(counts.searches), language.plural("search", "searches", counts.searches)),
    )
    groups = ((language.text("People enrolled"), enrolled), (language.text("Checks today"), checks))
    off = "\n".join(fault_text(fault, language) for fault in engine_faults.values() if fault is not None)
    too_many = 0 if keeps_portraits else len(people_index.pictured)
    rows = (*waiting_rows(waiting, language), *portrait_rows(too_many, language))
    setup = setup_state(missing, language)
    return HomeScreen(groups, empty=not people_index.people and not missing, off=off, waiting=rows, setup=setup)


def set_up_words(missing: Sequence[SetupStep] | None, language: Language) -> tuple[str, str]:
    """What leads to the set-up where nothing is missing, and its icon: that the desk is ready, once that is known."""
    if missing is not None and not missing:
        return language.text("This desk is ready"), "tick"
    return language.text("Set up this desk"), PAGES[PageName.SETUP].icon


def setup_state(missing: Sequence[SetupStep] | None, language: Language) -> SetupState | None:
    """How far the set-up is, as long as a step is missing."""
    if not missing:
        return None
    text, count = language.text, len(SetupStep)
    done = count - len(missing)
    words = text("Set up this desk: {done} of {count} done", done=language.number(done), count=language.number(count))
    still = text("Missing: {steps}", steps=missing_names(missing, language))
    return SetupState(words, still, text("Go on"), done, count)


def portrait_rows(kept: int, language: Language) -> tuple[PendingRow, ...]:
    """Says that portraits are there though the policy keeps none: they are shown nowhere, and are to be destroyed."""
    if not kept:
        return ()
    words = language.plural("{number} portrait is still kept", "{number} portraits are still kept", kept)
    why = language.text("the policy keeps none: destroy them under Records")
    return (PendingRow("person", words, why, language.text("Show"), PageName.RECORDS, part=Part.PORTRAIT),)


def waiting_rows(waiting: PendingWork, language: Language) -> tuple[PendingRow, ...]:
    """Rows of what waits: the drafts, those that expire first before; then what is due, and where attacks were
    suspected."""
    text, show = language.text, PageName.ADMINISTRATION
    rows = [
        PendingRow(
            "enrol",
            text("{name}, No. {number}", name=draft.details.name, number=draft.details.number),
            text("enrolment not finished, kept until {time}", time=language.moment(draft.expires_at)),
            text("Resume"),
            page_name=PageName.ENROL,
            draft=draft.name,
        )
        for draft in waiting.drafts[:MOST_DRAFTS]
    ]
    more = len(waiting.drafts) - MOST_DRAFTS
    if more > 0:
        words = language.plural("{number} more enrolment is not finished", "{number} more are not finished", more)
        rows.append(PendingRow("enrol", words, "", ""))
    rows += [
        PendingRow(
            "identify",
            language.plural("{number} candidate for review", "{number} candidates for review", search.candidates),
            text("a search that nobody has answered, kept until {time}", time=language.moment(search.expires_at)),
            text("Review"),
            page_name=PageName.IDENTIFY,
            search=search.name,
        )
        for search in waiting.searches[:MOST_DRAFTS]
    ]
    for first, second in waiting.alike[:MOST_DRAFTS]:
        who = [text("{name}, No. {number}", name=person.name, number=person.number) for person in (first, second)]
        note = text("enrolled at two desks at about the same time, and alike: one person?")
        pair = (first.subject_id, second.subject_id)
        rows.insert(0, PendingRow("people", " – ".join(who), note, text("Decide …"), pair=pair))
    if waiting.withdrawals:
        words = language.plural(
            "{number} withdrawal is to be confirmed", "{number} withdrawals are to be confirmed", waiting.withdrawals
        )
        why = text("another program says so; nothing is compared until then")
        rows.insert(0, PendingRow("people", words, why, text("Show"), PageName.RECORDS, part=Part.STOPPED))
    if waiting.due:
        words = language.plural(
            "{number} record is due to be erased", "{number} records are due to be erased", waiting.due
        )
        rows.append(
            PendingRow("records", words, text("by consent or retention"), text("Show"), PageName.RECORDS, part=Part.DUE)
        )
    if waiting.sharing:
        words = language.plural("{number} person shares a number", "{number} people share a number", waiting.sharing)
        why = text("two people at the desk tell them apart")
        rows.append(PendingRow("people", words, why, text("Show"), PageName.RECORDS, part=Part.SHARING))
    if waiting.backup_due:
        rows.append(
            PendingRow(
                "info",
                text("A backup is due"),
                text("none was made in the last seven days"),
                text("Show"),
                page_name=PageName.ADMINISTRATION,
            )
        )
    for name in waiting.silent:
        words = text("The desk {name} has said nothing for 30 days", name=name)
        why = text("what was erased since may still be there: connect it, or take it out")
        rows.append(PendingRow("triangle", words, why, text("Show"), show))
    if waiting.to_renew:
        words = language.plural(
            "{number} person is still compared by an earlier model",
            "{number} people are still compared by an earlier model",
            waiting.to_renew,
        )
        note = text("renewed at the next visit that is accepted")
        rows.append(PendingRow("people", words, note, text("Show"), PageName.RECORDS, part=Part.EARLIER))
    rows += [
        PendingRow("info", text("Scores or quality have moved"), drift_line(drift, language), text("Show"), show)
        for drift in waiting.drifts
    ]
    for modality in waiting.calibrate_again:
        words = text("{modality}: calibrated here for another model", modality=text(MODALITIES[modality]))
        rows.append(PendingRow("info", words, text("the program's own calibration decides"), text("Show"), show))
    if waiting.clock is not None:
        rows.insert(0, clock_row(waiting.clock, language, may_trust=waiting.may_trust_clock))
    return (*rows, *suspicion_rows(waiting.suspicions, language))


def clock_row(vault_time: datetime, language: Language, *, may_trust: bool) -> PendingRow:
    """The row that says that the machine's clock is wrong, and which time the vault goes by."""
    note = language.text("the vault goes by {time}; only supervisors enrol", time=language.moment(vault_time))
    action = language.text("It is right …") if may_trust else ""
    return PendingRow("triangle", language.text("The clock of this machine is wrong"), note, action, clock=may_trust)


def suspicion_rows(told: RecentSuspicions, language: Language) -> tuple[PendingRow, ...]:
    """Suspicions of an attack by person, those first whom two people may let try anew, and by device, so that bad light
    at one camera is seen."""
    text = language.text
    rows = [
        PendingRow(
            "triangle",
            text("{name}, No. {number}", name=person.subject.name, number=person.subject.number),
            _suspicions(person.number, language),
            text("Let them try again …") if person.may_release else "",
            page_name=PageName.VERIFY if person.may_release else None,
            person=person.subject.subject_id if person.may_release else "",
        )
        for person in told.people[:MOST_DRAFTS]
    ]
    if told.candidates:
        note = _suspicions(told.candidates, language)
        rows.append(PendingRow("triangle", text("People who are not enrolled"), note, ""))
    for device in told.devices[:MOST_DRAFTS]:
        name = device.name or text("Recordings and simulations")
        note = _suspicions(device.number, language)
        if device.searches:
            searches = language.plural("{number} of them in a search", "{number} of them in searches", device.searches)
            note = f"{note}, {searches}"
        rows.append(PendingRow(terms_of(device.modality).icon, name, note, ""))
    return tuple(rows)


def _suspicions(number: int, language: Language) -> str:
    return language.plural(
        "{number} suspicion of an attack in seven days", "{number} suspicions of an attack in seven days", number
    )


def getting_ready_text(progress: tuple[int, int] | None, language: Language) -> str:
    """How far the galleries are made ready for searches; empty where none is being made ready, or so few references
    that nobody need know."""
    done, total = progress or (0, 0)
    if total < TOLD_FROM:
        return ""
    return language.text(
        "Getting ready for searches: {done} of {total}",
        done=language.number(done),
        total=language.number(total),
    )
