"""Whether a test of attack detection can be begun is decided by its service."""

from __future__ import annotations

import pytest

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.station.attack_tests.service import AttackTestService
from mlid_desktop.station.session import StationSession
from mlid_desktop.workflow.attack_test.plan import AttackTestPlan


def test_a_test_needs_models_that_look_for_attacks(session: StationSession, second: SecondPerson) -> None:
    blind = AttackTestService(session.vault_session, session.recognition, looks_for_attacks=False)
    assert blind.obstacles == (Code.MODEL_LOOKS_FOR_NO_ATTACK,)
    with pytest.raises(ModelError) as refused:
        blind.begin(AttackTestPlan(), second)
    assert refused.value.code is Code.MODEL_LOOKS_FOR_NO_ATTACK
    assert blind.test() is None
    assert session.attack_tests.obstacles == ()
    session.attack_tests.begin(AttackTestPlan(), second)
    assert session.attack_tests.test() is not None
