"""What everybody who opens a vault is told, in words."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import MODALITIES
from mlid_desktop.vault.audit.notices import NoticeKind, StaffNotice

FOUNDED_BY_ONE: Final = _(
    "Created by one person: admit a second one before the first real person is enrolled. Until then little that needs"
    " two can be done."
)
NOTICES: Final = {
    NoticeKind.RECOVERY_CODE_MADE: _("{by} made a new recovery code. Whoever has it can set anybody's passphrase."),
    NoticeKind.RECOVERY_CODE_USED: _("The recovery code was used to give {about} a new passphrase."),
    NoticeKind.RESTORED_BY_CODE: _("This vault was restored from a backup by the recovery code."),
    NoticeKind.RESTORED_BY_ONE: _("{by} restored this vault from a backup, alone."),
    NoticeKind.SLOT_FOUND: _("The access of {about} was made or changed, and nobody wrote down by whom."),
    NoticeKind.DESK_JOINED: _("{by} opened this vault on a machine where it had not been before."),
    NoticeKind.DESK_FOUND: _("A machine was entered in this vault, and nobody wrote down by whom."),
    NoticeKind.OPERATOR_ADDED: _("{by} gave {about} access to this vault."),
    NoticeKind.OPERATOR_RESET: _("{by} gave {about} a new passphrase."),
    NoticeKind.OPERATOR_REMOVED_BY_ONE: _("{by} took the access of {about} away, alone."),
    NoticeKind.FIELDS_PROBED: _(
        "With {by} at the desk, values that other people have in the site's fields were typed 20 times within an hour."
    ),
    NoticeKind.CALIBRATION_STORED: _("{by} calibrated {about} on the people of this site: it decides by that now."),
    NoticeKind.CALIBRATION_REVERTED: _("{by} went back to the program's own calibration of {about}."),
    NoticeKind.PORTRAITS_SHOWN: _(
        "More than {about} portraits were looked at within an hour outside checks, the last by {by}."
    ),
    NoticeKind.POLICY_RAISED: _("The policy “{policy}” asked less than it may, and was raised. {rules}"),
}
OF_MODALITIES: Final = frozenset({NoticeKind.CALIBRATION_STORED, NoticeKind.CALIBRATION_REVERTED})
POLICY_RENAMED: Final = _(
    "The policy “{policy}” here was another one than the program's of that name, and has a name of its own now."
)
POLICY_RULES: Final = {
    "comparison.fmr": _("how alike a person must be"),
    "capture.continuity_fmr": _("how alike the pictures of one capture must be"),
    "identification.fpir": _("how seldom a search may take a stranger for somebody"),
    "identification.possible_fmr": _("how alike a candidate of a search must be"),
    "attack.window": _("how many pictures the check against copies takes"),
    "attack.threshold": _("how sure the check against copies must be"),
    "attack.frame_floor": _("how sure the check against copies must be of each picture"),
}
NOTICE_ADVICE: Final = _("If you did not expect one of these, talk to your colleagues before you go on.")


def notice_parts(notice: StaffNotice, language: Language) -> tuple[str, str]:
    """A notice to the staff in two parts: when it was, and what happened."""
    if notice.kind is NoticeKind.POLICY_RAISED:
        return language.moment(notice.at), _raised_policy(notice.about, language)
    modality = next((kind for kind in Modality if kind.value == notice.about), None)
    about = notice.about
    if notice.kind in OF_MODALITIES and modality is not None:
        about = language.text(MODALITIES[modality])
    return language.moment(notice.at), language.text(NOTICES[notice.kind], by=notice.by, about=about)


def notice_text(notice: StaffNotice, language: Language) -> str:
    """A notice to the staff in one line: when it was, and what happened."""
    return ": ".join(notice_parts(notice, language))


def _raised_policy(about: str, language: Language) -> str:
    """``about`` is the policy's name, and after it each rule that was raised, as it is in the file."""
    policy, *rules = about.split("; ")
    if not rules:
        return language.text(POLICY_RENAMED, policy=policy)
    said = "; ".join(_raised_rule(rule, language) for rule in rules)
    return language.text(NOTICES[NoticeKind.POLICY_RAISED], policy=policy, rules=said)


def _raised_rule(rule: str, language: Language) -> str:
    """A rule such as ``attack.face.window 3 > 6`` in words, the figures of before and of now beside it; as it is where
    there are no words for it."""
    where, _space, figures = rule.partition(" ")
    modality = next((named for named in Modality if named.value in where.split(".")), None)
    name = ".".join(part for part in where.split(".") if modality is None or part != modality.value)
    before, _arrow, now = figures.partition(" > ")
    if name not in POLICY_RULES:
        return rule
    words = language.text(POLICY_RULES[name])
    named = words if modality is None else f"{language.text(MODALITIES[modality])}: {words}"
    return language.text("{rule} (before {before}, now {now})", rule=named, before=before, now=now)
