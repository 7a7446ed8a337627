"""Notices in words: a policy that was raised is told by its rules, not by the names that they have in its file."""

from __future__ import annotations

import gettext
import re

import pytest

from mlid_desktop.decision.policy import read_policy
from mlid_desktop.decision.policy_floors import below_floors
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.notices import notice_text
from mlid_desktop.vault.audit.notices import NoticeKind, StaffNotice
from tests.makers import ENROLLED, ROOT


def said(kind: NoticeKind, about: str) -> str:
    return notice_text(StaffNotice(1, kind, ENROLLED, "Bo", about, ()), Language("en", gettext.NullTranslations()))


def test_each_rule_that_was_raised_is_told_in_words_with_both_figures() -> None:
    shipped = (ROOT / "resources" / "policy" / "standard.toml").read_text()
    lax = read_policy(re.sub(r"^window = \d+", "window = 3", shipped, flags=re.MULTILINE).encode())
    raised = [str(rule) for rule in below_floors(lax, demo=False)]
    told = said(NoticeKind.POLICY_RAISED, "; ".join(["house", *raised]))
    assert "The policy “house” asked less than it may" in told
    assert "Face: how many pictures the check against copies takes (before 3, now 6)" in told
    assert "attack.face" not in told
    assert told.count("before") == len(raised)


def test_a_policy_that_was_renamed_alone_is_not_said_to_have_asked_less() -> None:
    assert "asked less" not in said(NoticeKind.POLICY_RAISED, "standard")
    assert "“standard”" in said(NoticeKind.POLICY_RAISED, "standard")


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_has_words_without_blanks(kind: NoticeKind) -> None:
    told = said(kind, "Ann")
    assert "{" not in told
