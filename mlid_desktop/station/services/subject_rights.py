"""Serves what a person may ask of the desk: withdraw consent, renew it, see what is kept, be erased; and the portrait
that a person chose."""

from __future__ import annotations

from collections.abc import Iterable

from mlid_desktop.decision.calibration_set import earlier_of
from mlid_desktop.devices.formats.still_codec import decode_still
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act, SecondPerson, may
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.subjects import (
    Consent,
    Details,
    DueRecord,
    Erased,
    ErasureReason,
    Standing,
    SubjectSummary,
    Withdrawal,
)
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.domain.text import tidy
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.unlocked.subject_rights import Holdings


class SubjectRightsService:
    """Carries out the rights of subjects. Call on the vault thread."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    def withdraw_consent(self, subject: SubjectSummary, guardian: str = "", reason: str = "") -> bool:
        """Records that the person, or the guardian, withdraws consent: nothing is compared any more and the record is
        due for erasure today. False where it holds at this desk alone until the register of its desks is reached.
        Raises UsageError(USAGE_CONSENT_WITHDRAWN) where it was withdrawn before."""
        return self._session.vault.subject_rights.withdraw_consent(
            subject.subject_id, Withdrawal(self._session.now(), tidy(guardian), tidy(reason))
        )

    def renew_consent(self, subject: SubjectSummary, consent: Consent) -> None:
        """Records that the person agreed again, to today's text: what is kept may stay for its time from today on."""
        self._session.vault.subject_rights.renew_consent(subject.subject_id, self._session.dated(consent))

    def to_renew(self) -> frozenset[str]:
        """The people who have references of an earlier extractor, which are renewed at their next accepted visit."""
        return self._session.vault.people_made_by([made.extractor for made in earlier_of(self._session.calibrations)])

    def sharing_numbers(self) -> tuple[tuple[SubjectSummary, ...], ...]:
        """People who share a number because an earlier version kept its spellings apart, together for each number."""
        together = self._session.vault.subject_rights.sharing_numbers()
        people = self._session.vault.people.those([subject_id for sharing in together for subject_id in sharing])
        return tuple(tuple(people[subject_id] for subject_id in sharing) for sharing in together)

    def give_number(self, subject: SubjectSummary, number: str, second: SecondPerson | None) -> str:
        """Gives a person who shares a number another one, and returns it as it is kept. Raises
        UsageError(USAGE_BAD_ARGUMENT, USAGE_NUMBER_TAKEN, USAGE_NUMBER_NOT_SHARED),
        VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        try:
            details = Details(number, subject.name)
        except ValueError:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="NUMBER") from None
        self._session.vault.subject_rights.give_number(subject.subject_id, details.number, second)
        return details.number

    def note_wish(self, subject: SubjectSummary, *, without_movements: bool) -> None:
        """Notes whether the person asks to be checked without movements of head and face; why is not asked."""
        self._session.vault.subject_rights.note_wish(subject.subject_id, without_movements=without_movements)

    def due(self) -> tuple[DueRecord, ...]:
        """The people who are to be erased by today, the longest overdue first."""
        return self._session.vault.subject_rights.due(self._session.now().date())

    def holdings(self, subject: SubjectSummary, second: SecondPerson | None) -> Holdings:
        """Everything that is kept about the person, handed out by two. Raises VaultError."""
        return self._session.vault.subject_rights.holdings(subject.subject_id, second)

    def erase(
        self, subject: SubjectSummary, second: SecondPerson | None, reason: ErasureReason = ErasureReason.REQUESTED
    ) -> Erased:
        """Destroys the person's key and everything it opens. Raises VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        if subject.standing is Standing.WITHDRAWN:
            reason = ErasureReason.WITHDRAWN
        return self._session.vault.subject_rights.erase(subject.subject_id, second, reason)


class PortraitService:
    """Shows and destroys portraits. Call on the vault thread."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    @property
    def offered(self) -> bool:
        """Whether the policy keeps portraits and the operator may see them. Any thread may ask."""
        return self._session.policy.keeps_portraits and may(self._session.operator, Act.SEE_PORTRAITS)

    def show(self, subject_ids: Iterable[str], view: PortraitView) -> dict[str, Image]:
        """The portraits of those of these people who have one and agree to it, by person; each is a view in the audit.
        Nothing where the policy keeps none, or the operator may not see them. Raises VaultError."""
        if not self.offered:
            return {}
        found = self._session.vault.portraits.show(subject_ids, view)
        return {subject_id: decode_still(picture, colour=True) for subject_id, picture in found.items()}

    def withdraw(self, subject: SubjectSummary) -> Erased:
        """Destroys the person's portrait and nothing else; one operator does it. Raises
        UsageError(USAGE_NO_PORTRAIT), VaultError."""
        return self._session.vault.portraits.withdraw(subject.subject_id)

    def picture_of(self, subject: SubjectSummary, second: SecondPerson | None) -> bytes:
        """The person's portrait (JPEG), handed out at their own request by two. Raises UsageError(USAGE_NO_PORTRAIT),
        VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        return self._session.vault.portraits.export(subject.subject_id, second)
