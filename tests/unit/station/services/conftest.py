"""One person enrolled in an unlocked demo vault, and the services on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Role
from mlid_desktop.station.administration.vault_admin import VaultAdmin
from mlid_desktop.station.capture.pipelines import Pipelines
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault
from tests.doubles import FixedClock
from tests.makers import calibrations, policy
from tests.unit.vault.conftest import enrolment

NAME, PASSPHRASE = "sup", "correct horse battery"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """A vault with number 1001 in it, whose clock stands."""
    made = create_vault(
        tmp_path / "vault",
        operator_name=NAME,
        passphrase=PASSPHRASE,
        demo=True,
        clock=FixedClock(),
        cost=FLOOR,
        second=SecondFounder("olga", Role.OPERATOR, "olga's own passphrase"),
    )
    made.save(enrolment("1001"))
    yield made
    made.lock()


@pytest.fixture
def session(vault: Vault) -> StationSession:
    """Every service on that vault; no pipeline can be opened."""
    return StationSession.of(
        VaultSession(vault, policy(), calibrations(), FixedClock()),
        Recognition(Pipelines({}), policy(), calibrations()),
        VaultAdmin(0.0, FixedClock()),
    )


@pytest.fixture
def second(vault: Vault) -> SecondPerson:
    """Somebody else than who unlocked the vault."""
    return vault.operators.confirm_second("olga", "olga's own passphrase")
