"""The certificate of an erasure: what was destroyed and how, and which backups may still hold the person.

It names the person, who takes it home; the station keeps no copy.
"""

from __future__ import annotations

from mlid_desktop.domain.subjects import Erased, SubjectSummary
from mlid_desktop.station.documents.pdf import PaperSection, PaperSheet
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import ERASURES, characteristic_name


def erasure_certificate(subject: SubjectSummary, erased: Erased, vault_id: str, language: Language) -> PaperSheet:
    """The certificate of one erasure as a document."""
    text, entry = language.text, erased.entry
    done = [
        (text("Erased on"), language.date(entry.erased_at)),
        (text("Reason"), text(ERASURES[entry.reason])),
        (text("Enrolled on"), language.date(subject.enrolled_at)),
        (text("Entry of the list of erasures"), str(entry.sequence)),
        (text("Identifier"), entry.subject_id),
        (text("Vault"), vault_id),
    ]
    gone = [("", characteristic_name(characteristic, language)) for characteristic in subject.characteristics]
    how = text(
        "The key that these records were encrypted with was destroyed, and the records were deleted. Nobody can read "
        "them any more, also not from a copy of the database alone. The list of erasures keeps the "
        "identifier above, so that a restored backup does not bring the person back; it leads to no name."
    )
    return PaperSheet(
        text("Certificate of erasure"),
        subject.name,
        text("No. {number}", number=subject.number),
        (
            PaperSection(text("Erasure"), tuple(done)),
            PaperSection(text("What was erased"), (("", text("Number, name and consent")), *gone)),
            PaperSection(text("How"), text=how),
            _backups(erased, language),
        ),
    )


def portrait_certificate(subject: SubjectSummary, erased: Erased, vault_id: str, language: Language) -> PaperSheet:
    """The certificate of the destruction of a portrait alone, as a document."""
    text, entry = language.text, erased.entry
    done = (
        (text("Destroyed on"), language.date(entry.erased_at)),
        (text("Entry of the list of erasures"), str(entry.sequence)),
        (text("Identifier"), entry.subject_id),
        (text("Vault"), vault_id),
    )
    how = text(
        "The key that the portrait was encrypted with was destroyed, and the portrait was deleted. Nobody can look at "
        "it any more, also not from a copy of the database alone. The list of erasures keeps the identifier above, so "
        "that a restored backup does not bring it back. Everything else that is kept stays as it was."
    )
    return PaperSheet(
        text("Certificate of a destroyed portrait"),
        subject.name,
        text("No. {number}", number=subject.number),
        (
            PaperSection(text("Portrait"), done),
            PaperSection(text("How"), text=how),
            _backups(erased, language),
        ),
    )


def _backups(erased: Erased, language: Language) -> PaperSection:
    text = language.text
    title = text("Backups that may still hold what was destroyed")
    if not erased.backups:
        return PaperSection(
            title,
            text=text(
                "None that this program made. The keys in every backup made since the enrolment were replaced; "
                "somebody who copied a backup elsewhere before still holds the copy."
            ),
        )
    rows = tuple(
        (language.date(backup.made_at), f"{backup.location} ({backup.backup_id})") for backup in erased.backups
    )
    advice = text(
        "When one of them is restored, the list of erasures is applied and it is destroyed again. Destroy the "
        "backups, or let their time run out, to be rid of the last copy."
    )
    return PaperSection(title, rows, advice)
