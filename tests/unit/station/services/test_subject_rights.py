"""Withdrawal of consent and erasure, as the desk lets them happen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import ErasureReason, Standing
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault


def test_nothing_begins_with_somebody_who_withdrew(session: StationSession, vault: Vault, second: SecondPerson) -> None:
    rights, subjects = session.subject_rights, session.subjects
    rights.withdraw_consent(subjects.by_number("1001"), guardian="Eve Okoye")
    with pytest.raises(UsageError) as fault:
        session.verification.begin(subjects.by_number("1001"))
    assert fault.value.code is Code.USAGE_CONSENT_WITHDRAWN
    assert vault.attempts(subjects.by_number("1001").subject_id).failed_in_a_row == 0
    assert [due.reason for due in rights.due()] == [ErasureReason.WITHDRAWN]
    erased = rights.erase(subjects.by_number("1001"), second)
    assert erased.entry.reason is ErasureReason.WITHDRAWN
    assert rights.due() == ()


def test_a_stale_view_of_somebody_gives_no_way_around_the_withdrawal(session: StationSession) -> None:
    """The window's list may be older than the withdrawal: the person is read anew."""
    before = session.subjects.by_number("1001")
    session.subject_rights.withdraw_consent(before)
    with pytest.raises(UsageError) as fault:
        session.verification.begin(replace(before, standing=Standing.HELD))
    assert fault.value.code is Code.USAGE_CONSENT_WITHDRAWN
