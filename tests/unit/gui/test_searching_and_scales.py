"""The search of the administration, and the scale of rates."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.gui.administration.presenter import SECTIONS, Section, sections_found
from mlid_desktop.gui.transparency.intervals import TICKS, end_of_scale
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


@given(st.floats(0.0, 100.0))
def test_a_scale_holds_the_highest_value_and_is_not_much_longer(highest: float) -> None:
    end = end_of_scale(highest)
    assert end >= highest * (1 - 1e-6)
    assert end <= max(2.5 * highest, 0.01)
    assert float(f"{end / TICKS:g}") > 0
