"""By how many people a vault was founded, and whether anybody real was ever enrolled in it (FORMAT.md, section 14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.subjects import Enrolment
from mlid_desktop.vault.second_person import Founding
from mlid_desktop.vault.store.transaction import Transaction

FOUNDING, REAL_PEOPLE = "founding", "real-people"


def read_founding(facts: Mapping[str, bytes]) -> Founding:
    """By how many the vault was founded. Raises VaultError(VAULT_DAMAGED)."""
    try:
        return Founding(facts.get(FOUNDING, Founding.CARRIED.value.encode()).decode())
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=FOUNDING) from None


def has_real_people(facts: Mapping[str, bytes]) -> bool:
    """Whether somebody was ever enrolled who is more than a trial."""
    return bool(facts.get(REAL_PEOPLE))


def write_founding(transaction: Transaction, founding: Founding) -> None:
    """From now on the vault counts as founded so."""
    transaction.facts[FOUNDING] = founding.value.encode()


def notice_people(transaction: Transaction, enrolled: Iterable[Enrolment], *, demo: bool) -> None:
    """The first real person ends what one founder may do alone, for good. Whoever stands in a vault that decides about
    people is real; in a demo vault, whoever was captured by a live device."""
    kinds = {capture.sample.provenance.kind for person in enrolled for capture in person.captures}
    if not demo or SourceKind.LIVE in kinds:
        transaction.set_counter(REAL_PEOPLE, 1)
