"""What stands in each section of the administration: read on the vault thread, as far as the operator may see it."""

from __future__ import annotations

from dataclasses import dataclass

from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.administration import presenter as said
from mlid_desktop.gui.administration.attack_test.presenter import next_task, rows_of_test
from mlid_desktop.gui.administration.callers.presenter import caller_rows
from mlid_desktop.gui.administration.content import Group, SectionContent
from mlid_desktop.gui.administration.desks.presenter import has_place, register_rows
from mlid_desktop.gui.administration.fields.presenter import field_rows
from mlid_desktop.gui.administration.presenter import OFFERED, Rows, Section, Task
from mlid_desktop.station.administration.audit_rows import AuditChoice, AuditOffers, AuditRow, audit_offers, audit_rows
from mlid_desktop.station.administration.served_modalities import served_modalities
from mlid_desktop.station.assemble import Station
from mlid_desktop.station.documents.measured_accuracy import read_fusion_figures
from mlid_desktop.station.installation.components import list_components, list_models, own_version
from mlid_desktop.station.session import StationSession
from mlid_desktop.station.site_calibration.report import standing_rows
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import MODALITIES

NEWEST_BACKUPS = 5  # shown above the actions; earlier ones below


@dataclass(frozen=True, slots=True)
class AuditReading:
    """What one reading of the audit shows: what stands below the entries, the entries that are chosen, and what can be
    chosen."""

    content: SectionContent
    rows: tuple[AuditRow, ...]
    offers: AuditOffers


def section_content(section: Section, session: StationSession, station: Station, language: Language) -> SectionContent:
    """What stands in a section."""
    readers = {
        Section.PEOPLE: lambda: _people(session, language),
        Section.ORGANISATION: lambda: SectionContent((Group(_organisation(session, station, language)),)),
        Section.POLICY: lambda: SectionContent(_policy(session, station, language)),
        Section.FIELDS: lambda: _fields(session, language),
        Section.MODELS: lambda: _models(station, language),
        Section.CALIBRATION: lambda: _calibration(session, language),
        Section.AUDIT: lambda: SectionContent((Group(_audit_unread(session, language)),)),
        Section.BACKUPS: lambda: _backups(session, language),
        Section.VAULT: lambda: SectionContent((Group(_vault(session, language)),)),
        Section.ATTACK_TEST: lambda: _attack_test(session, language),
        Section.CALLERS: lambda: _callers(session, language),
        Section.DESKS: lambda: _desks(session, station, language),
        Section.ABOUT: lambda: _about(language),
    }
    return readers[section]()


def read_audit(session: StationSession, language: Language, choice: AuditChoice) -> AuditReading:
    """The entries of the audit that are chosen, and what can be chosen: both of one reading."""
    entries = session.administration.audit_entries()
    signed = SectionContent((Group((_checkpoint(session, language),)),))
    return AuditReading(signed, audit_rows(entries, language, choice), audit_offers(entries, language))


def _people(session: StationSession, language: Language) -> SectionContent:
    """Who has access; what can be done about somebody stands in their row."""
    people = session.administration.operators()
    own = session.operator.name
    about = tuple(task for task in said.ON_A_ROW if may(session.operator, said.TASKS[task][1]))
    others = {account.name: about for account in people if account.name != own}
    return SectionContent((Group(said.people_rows(people, own, language), about=others),))


def _models(station: Station, language: Language) -> SectionContent:
    """What each modality serves for, then the files."""
    store, text = station.models(), language.text
    models = list_models(store)
    serves = Group(said.served_rows(served_modalities(store.state()), language))
    files = Group(said.model_rows(models, language), text("Files"))
    idle = {} if said.size_to_fetch(models) else {Task.INSTALL_MODELS: text("All models are installed.")}
    return SectionContent((serves, files), idle)


def _organisation(session: StationSession, station: Station, language: Language) -> Rows:
    organisation = session.administration.organisation(station.settings)
    return said.organisation_rows(organisation, station.settings.managed, language)


def _policy(session: StationSession, station: Station, language: Language) -> tuple[Group, ...]:
    text, policy, managed = language.text, session.policy, station.settings.managed
    return (
        Group(said.policy_name_rows(policy, managed, language)),
        Group(said.likeness_rows(policy, language), text("Who is accepted")),
        Group(said.rule_rows(policy, read_fusion_figures(station.resources), language), text("Several together")),
        Group(said.caution_rows(policy, language), text("Against copies and guessing")),
    )


def _fields(session: StationSession, language: Language) -> SectionContent:
    fields, text = session.site_fields, language.text
    due = fields.due() if may(session.operator, Act.READ_PEOPLE) else {}
    schema, left = fields.schema(), fields.people_left()
    idle = {} if schema.fields else {Task.SAVE_FIELDS: text("There are no fields of the site's own.")}
    if not due and not left:
        idle[Task.ERASE_FIELDS] = text("No value is kept for longer than its period.")
    return SectionContent((Group(field_rows(schema, left, due, language)),), idle)


def _calibration(session: StationSession, language: Language) -> SectionContent:
    standings = session.site_calibration.standings()
    decides_already = language.text("The program's own decides already.")
    groups = tuple(
        Group(standing_rows(standing, language), language.text(MODALITIES[standing.modality])) for standing in standings
    )
    own = {} if any(standing.site for standing in standings) else {Task.REVERT_CALIBRATION: decides_already}
    return SectionContent(groups, own, before_acts=len(groups))


def _audit_unread(session: StationSession, language: Language) -> Rows:
    """What whoever may not read the entries sees of the audit."""
    return _checkpoint(session, language), (language.text("Supervisors and auditors read the entries."), "")


def _checkpoint(session: StationSession, language: Language) -> tuple[str, str]:
    return said.checkpoint_row(session.administration.newest_checkpoint(), language)


def _backups(session: StationSession, language: Language) -> SectionContent:
    text = language.text
    made = session.administration.backups() if may(session.operator, Act.BACK_UP) else ()
    rows = said.backup_rows([(backup.made_at, backup.location) for backup in made], language)
    if not rows:
        nothing = {Task.FORGET_BACKUP: text("No backup is on the list.")}
        return SectionContent((Group(((text("None was made yet"), ""),)),), nothing)
    return SectionContent((Group(rows[:NEWEST_BACKUPS]), Group(rows[NEWEST_BACKUPS:], text("Earlier"))))


def _vault(session: StationSession, language: Language) -> Rows:
    text = language.text
    permitted = may(session.operator, Act.READ_PEOPLE)
    people = language.number(session.subjects.count()) if permitted else "–"
    return (text("People enrolled"), people), (text("Identifier"), session.vault_id)


def _attack_test(session: StationSession, language: Language) -> SectionContent:
    text = language.text
    test = session.attack_tests.test() if may(session.operator, Act.ENROL) else None
    obstacles = session.attack_tests.obstacles
    rows = rows_of_test(test, obstacles, language)
    if test is not None:
        return SectionContent((Group(rows),), next_act=next_task(test), absent=frozenset({Task.BEGIN_TEST}))
    idle = {Task.BEGIN_TEST: text("A test cannot be begun here: see above.")} if obstacles else {}
    during = frozenset(OFFERED[Section.ATTACK_TEST]) - {Task.BEGIN_TEST}
    return SectionContent((Group(rows),), idle, absent=during)


def _callers(session: StationSession, language: Language) -> SectionContent:
    """Only what there is something to do for: nobody is admitted while it is off, nor taken out where nobody is in."""
    requests = session.external_requests
    access = requests.access()
    rows = caller_rows(access.port, access.callers, requests.offered_fields(), language)
    absent = {Task.TURN_ON} if access.port else {Task.TURN_OFF, Task.PAIR}
    if not access.callers:
        absent.add(Task.REVOKE)
    first = Task.PAIR if access.port else Task.TURN_ON
    return SectionContent((Group(rows),), next_act=first, absent=frozenset(absent))


def _desks(session: StationSession, station: Station, language: Language) -> SectionContent:
    service = session.register
    leads = service.leads
    first = {True: Task.ADMIT_DESK, False: Task.BRING_IN_STEP, None: Task.MAKE_REGISTER}[leads]
    rows = register_rows(service, station.clock.now(), language)
    is_older = service.is_older  # known once its desks were read
    absent = frozenset(task for task in OFFERED[Section.DESKS] if not has_place(task, leads, is_older=is_older))
    return SectionContent((Group(rows),), next_act=first, absent=absent)


def _about(language: Language) -> SectionContent:
    own, *parts = said.about_rows(own_version(), list_components(), language)
    return SectionContent((Group((own,)), Group(tuple(parts), language.text("What it is made of"))))
