"""What stands in each section of the administration: read on the vault thread, as far as the operator may see it."""

from __future__ import annotations

from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.administration import presenter as said
from mlid_desktop.gui.administration.attack_test.presenter import rows_of_test
from mlid_desktop.gui.administration.callers.presenter import caller_rows
from mlid_desktop.gui.administration.desks.presenter import register_rows
from mlid_desktop.gui.administration.fields_presenter import field_rows
from mlid_desktop.gui.administration.presenter import Rows, Section
from mlid_desktop.station.administration.audit_rows import AuditChoice, AuditOffers, audit_offers, audit_rows
from mlid_desktop.station.administration.served_modalities import served_lines
from mlid_desktop.station.assemble import Station
from mlid_desktop.station.documents.measured_accuracy import read_fusion_figures
from mlid_desktop.station.installation.components import list_components, list_models, own_version
from mlid_desktop.station.session import StationSession
from mlid_desktop.station.site_calibration.report import standing_rows
from mlid_desktop.station.text.language import Language


def section_rows(section: Section, session: StationSession, station: Station, language: Language) -> Rows:
    """The rows of a section."""
    readers = {
        Section.PEOPLE: lambda: said.people_rows(session.administration.operators(), language),
        Section.ORGANISATION: lambda: _organisation(session, station, language),
        Section.POLICY: lambda: _policy(session, station, language),
        Section.FIELDS: lambda: _fields(session, language),
        Section.MODELS: lambda: _models(station, language),
        Section.CALIBRATION: lambda: standing_rows(session.site_calibration.standings(), language),
        Section.AUDIT: lambda: _audit_unread(session, language),
        Section.BACKUPS: lambda: _backups(session, language),
        Section.VAULT: lambda: _vault(session, language),
        Section.ATTACK_TEST: lambda: _attack_test(session, language),
        Section.CALLERS: lambda: _callers(session, language),
        Section.DESKS: lambda: register_rows(session.register, station.clock.now(), language),
        Section.ABOUT: lambda: said.about_rows(own_version(), list_components(), language),
    }
    return readers[section]()


def read_audit(session: StationSession, language: Language, choice: AuditChoice) -> tuple[Rows, AuditOffers]:
    """The entries of the audit that are chosen, and what can be chosen: both of one reading."""
    entries = session.administration.audit_entries()
    rows = (_checkpoint(session, language), *audit_rows(entries, language, choice))
    return rows, audit_offers(entries, language)


def _models(station: Station, language: Language) -> Rows:
    """What each modality serves for, then the files."""
    store = station.models()
    return (*served_lines(store.state(), language), *said.model_rows(list_models(store), language))


def _organisation(session: StationSession, station: Station, language: Language) -> Rows:
    organisation = session.administration.organisation(station.settings)
    return said.organisation_rows(organisation, station.settings.managed, language)


def _policy(session: StationSession, station: Station, language: Language) -> Rows:
    rows = said.policy_rows(session.policy, station.settings.managed, language)
    return *rows, *said.rule_rows(session.policy, read_fusion_figures(station.resources), language)


def _fields(session: StationSession, language: Language) -> Rows:
    fields = session.site_fields
    due = fields.due() if may(session.operator, Act.READ_PEOPLE) else {}
    return field_rows(fields.schema(), fields.people_left(), due, language)


def _audit_unread(session: StationSession, language: Language) -> Rows:
    """What whoever may not read the entries sees of the audit."""
    return _checkpoint(session, language), (language.text("Supervisors and auditors read the entries."), "")


def _checkpoint(session: StationSession, language: Language) -> tuple[str, str]:
    return said.checkpoint_row(session.administration.newest_checkpoint(), language)


def _backups(session: StationSession, language: Language) -> Rows:
    made = session.administration.backups() if may(session.operator, Act.BACK_UP) else ()
    rows = said.backup_rows([(backup.made_at, backup.location) for backup in made], language)
    return rows or ((language.text("None was made yet"), ""),)


def _vault(session: StationSession, language: Language) -> Rows:
    permitted = may(session.operator, Act.READ_PEOPLE)
    people = language.number(session.subjects.count()) if permitted else "–"
    return (language.text("People enrolled"), people), (language.text("Identifier"), session.vault_id)


def _attack_test(session: StationSession, language: Language) -> Rows:
    test = session.attack_tests.test() if may(session.operator, Act.ENROL) else None
    return rows_of_test(test, language, looks_for_attacks=session.looks_for_attacks)


def _callers(session: StationSession, language: Language) -> Rows:
    requests = session.external_requests
    access = requests.access()
    return caller_rows(access.port, access.callers, requests.offered_fields(), language)
