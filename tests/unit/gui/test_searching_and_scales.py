"""The search of the administration, whom its audit names to whom, and the scale of rates."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.domain.subjects import Operator, Role, SubjectSummary
from mlid_desktop.gui.administration.presenter import SECTIONS, Section, sections_found
from mlid_desktop.gui.administration.section.reading import read_audit
from mlid_desktop.gui.transparency.intervals import TICKS, end_of_scale
from mlid_desktop.station.administration.audit_rows import AuditChoice, audit_rows
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import open_language

ENGLISH = open_language(resource_folder() / "translations", "en")
SUPERVISOR = Operator("A. Clerk", Role.SUPERVISOR)


def test_sections_are_found_by_name_and_by_what_can_be_done_there() -> None:
    assert sections_found("", SUPERVISOR, ENGLISH) == tuple(Section)
    for section in Section:
        assert section in sections_found(SECTIONS[section].name.upper(), SUPERVISOR, ENGLISH)
    assert sections_found("restore", SUPERVISOR, ENGLISH) == (Section.BACKUPS,)
    assert Section.PEOPLE in sections_found("recovery code", SUPERVISOR, ENGLISH)
    assert sections_found("restore", Operator("B", Role.OPERATOR), ENGLISH) == ()
    assert sections_found("no such words anywhere", SUPERVISOR, ENGLISH) == ()


@pytest.mark.parametrize(("role", "names"), [(Role.SUPERVISOR, {"01" * 16: "Maria Okoye"}), (Role.AUDITOR, None)])
def test_the_audit_names_people_to_those_alone_who_may_read_them(role: Role, names: dict[str, str] | None) -> None:
    moment = datetime(2026, 11, 30, tzinfo=UTC)
    facts = {"operator": "A. Clerk", "subject": "01" * 16, "verdict": "rejected"}
    checked, gone = (AuditEntry(number, moment, "verification.decided", facts) for number in (1, 2))
    erased = AuditEntry(3, moment, "subject.erased", {"operator": "A. Clerk", "subject": "02" * 16})
    kept = SimpleNamespace(audit_entries=lambda: (checked, gone, erased), newest_checkpoint=lambda: None)
    session: Any = SimpleNamespace(administration=kept, operator=Operator("B. Second", role))
    people = [
        SubjectSummary("01" * 16, "1001", "Maria Okoye", moment, ()),
        SubjectSummary("03" * 16, "3", "C", moment, ()),
    ]
    read = read_audit(session, people, ENGLISH, AuditChoice())
    assert read.names == names
    assert [row.outcome for row in read.rows] == ["", "Rejected", "Rejected"]
    assert "Maria" not in repr(read)


@given(st.floats(0.0, 100.0))
def test_a_scale_holds_the_highest_value_and_is_not_much_longer(highest: float) -> None:
    end = end_of_scale(highest)
    assert end >= highest * (1 - 1e-6)
    assert end <= max(2.5 * highest, 0.01)
    assert float(f"{end / TICKS:g}") > 0


@pytest.mark.parametrize(("candidates", "said"), [(0, "no candidates"), (2, "nobody was chosen")])
def test_a_search_without_an_answer_says_what_it_came_to(candidates: int, said: str) -> None:
    facts: dict[str, str | int | float | bool] = {"operator": "A. Clerk", "candidates": candidates, "outcome": ""}
    entry = AuditEntry(1, datetime(2026, 11, 30, tzinfo=UTC), "identification.closed", facts)
    (row,) = audit_rows([entry], ENGLISH)
    assert row.outcome == said
