"""What stands in each section of the administration: read on the vault thread, as far as the operator may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlid_desktop.decision.site_calibration.measurement import people_needed
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.administration.attack_test.presenter import content_of_test
from mlid_desktop.gui.administration.callers.presenter import callers_content
from mlid_desktop.gui.administration.content import Nothing, SectionContent
from mlid_desktop.gui.administration.desks.presenter import desks_content
from mlid_desktop.gui.administration.fields.presenter import fields_content
from mlid_desktop.gui.administration.presenter import Section
from mlid_desktop.gui.administration.section import desk_presenter as desk
from mlid_desktop.gui.administration.section.policy_presenter import policy_content
from mlid_desktop.gui.administration.section.recognition_presenter import calibration_content, models_content
from mlid_desktop.station.administration.audit_rows import AuditChoice, AuditOffers, AuditRow, audit_offers, audit_rows
from mlid_desktop.station.administration.readiness import SetupProofs, SetupStep
from mlid_desktop.station.administration.served_modalities import served_modalities
from mlid_desktop.station.assemble import Station
from mlid_desktop.station.documents.measured_accuracy import read_fusion_figures
from mlid_desktop.station.installation.components import described_system, list_components, list_models, own_version
from mlid_desktop.station.session import StationSession
from mlid_desktop.station.text.language import Language


@dataclass(frozen=True, slots=True)
class AuditReading:
    """What one reading of the audit shows: the entries that are chosen, what can be chosen, how far it was ``signed``,
    and the ``names`` of the people whom the entries tell of, None where they are not this operator's to see."""

    rows: tuple[AuditRow, ...]
    offers: AuditOffers
    signed: str
    names: Mapping[str, str] | None = field(repr=False)


def section_content(section: Section, session: StationSession, station: Station, language: Language) -> SectionContent:
    """What stands in a section."""
    readers = {
        Section.PEOPLE: lambda: desk.people_content(session.administration.operators(), session.operator, language),
        Section.ORGANISATION: lambda: desk.organisation_content(
            session.administration.organisation(station.settings), station.settings.managed, language
        ),
        Section.POLICY: lambda: policy_content(
            session.policy, read_fusion_figures(station.resources), station.settings.managed, language
        ),
        Section.FIELDS: lambda: _fields(session, language),
        Section.MODELS: lambda: _models(station, language),
        Section.CALIBRATION: lambda: calibration_content(
            session.site_calibration.standings(),
            session.subjects.count(),
            {modality: people_needed(session.policy.comparison.rate(modality)) for modality in Modality},
            language,
        ),
        Section.AUDIT: lambda: desk.unread_audit_content(session.administration.newest_checkpoint(), language),
        Section.BACKUPS: lambda: _backups(session, station, language),
        Section.VAULT: lambda: _vault(session, station, language),
        Section.ATTACK_TEST: lambda: _attack_test(session, language),
        Section.CALLERS: lambda: _callers(session, language),
        Section.DESKS: lambda: desks_content(session.register, station.clock.now(), language),
        Section.ABOUT: lambda: desk.about_content(own_version(), described_system(), list_components(), language),
    }
    return readers[section]()


def read_audit(
    session: StationSession, people: Sequence[SubjectSummary], language: Language, choice: AuditChoice
) -> AuditReading:
    """The entries of the audit that are chosen, and what can be chosen: both of one reading. The audit itself holds no
    name of a person: it is looked up among the ``people`` who are enrolled now."""
    entries = session.administration.audit_entries()
    signed = desk.signed_text(session.administration.newest_checkpoint(), language)
    rows = audit_rows(entries, language, choice)
    told, names = {row.subject for row in rows}, None
    if may(session.operator, Act.READ_PEOPLE):
        names = {person.subject_id: person.name for person in people if person.subject_id in told}
    return AuditReading(rows, audit_offers(entries, language), signed, names)


def _models(station: Station, language: Language) -> SectionContent:
    store = station.models()
    return models_content(served_modalities(store.state()), list_models(store), language)


def _fields(session: StationSession, language: Language) -> SectionContent:
    fields = session.site_fields
    due = fields.due() if may(session.operator, Act.READ_PEOPLE) else {}
    return fields_content(fields.schema(), fields.people_left(), due, language)


def _backups(session: StationSession, station: Station, language: Language) -> SectionContent:
    if not may(session.operator, Act.BACK_UP):
        return not_yours(language.text("Supervisors look after the backups"))
    made = session.administration.backups()
    proven = SetupProofs(station.settings.state).known(session.vault_id)
    now, is_whole = station.clock.now(), SetupStep.BACKUP in proven
    return desk.backups_content(made, now, language, is_whole=is_whole)


def _vault(session: StationSession, station: Station, language: Language) -> SectionContent:
    people = session.subjects.count() if may(session.operator, Act.READ_PEOPLE) else None
    checked = SetupProofs(station.settings.state).checked_at(session.vault_id)
    state = desk.VaultSummary(session.vault_id, people, checked, station.clock.now())
    return desk.vault_content(state, language)


def _attack_test(session: StationSession, language: Language) -> SectionContent:
    if not may(session.operator, Act.ENROL):
        return not_yours(language.text("Operators and supervisors look after the test"))
    return content_of_test(session.attack_tests.test(), session.attack_tests.obstacles, language)


def not_yours(title: str) -> SectionContent:
    """A section in which there is nothing to see for whoever looks."""
    return SectionContent((), nothing=Nothing(title, ""))


def _callers(session: StationSession, language: Language) -> SectionContent:
    """Only what there is something to do for: nobody is admitted while it is off, nor taken out where nobody is in."""
    requests = session.external_requests
    access = requests.access()
    return callers_content(access.port, access.callers, requests.offered_fields(), language)
