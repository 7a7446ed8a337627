"""What everybody who opens a vault is told, in words."""

from __future__ import annotations

from typing import Final

from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.audit.notices import Notice, NoticeKind

FOUNDED_BY_ONE: Final = _(
    "Founded by one person: admit a second one before the first real person is enrolled. Until then little that needs"
    " two can be done."
)
NOTICES: Final = {
    NoticeKind.RECOVERY_CODE_MADE: _("{by} made a new recovery code. Whoever has it can set anybody's passphrase."),
    NoticeKind.RECOVERY_CODE_USED: _("The recovery code was used to give {about} a new passphrase."),
    NoticeKind.RESTORED_BY_CODE: _("This vault was restored from a backup by the recovery code."),
    NoticeKind.RESTORED_BY_ONE: _("{by} restored this vault from a backup, alone."),
    NoticeKind.SLOT_FOUND: _("The access of {about} was made or changed, and nobody wrote down by whom."),
    NoticeKind.OPERATOR_ADDED: _("{by} gave {about} access to this vault."),
    NoticeKind.OPERATOR_RESET: _("{by} gave {about} a new passphrase."),
    NoticeKind.OPERATOR_REMOVED_BY_ONE: _("{by} took the access of {about} away, alone."),
    NoticeKind.POLICY_RAISED: _("The policy asked less than it may, and was raised: {about}."),
}


NOTICE_ADVICE: Final = _("If you did not expect one of these, talk to your colleagues before you go on.")


def notice_parts(notice: Notice, language: Language) -> tuple[str, str]:
    """When it was; what happened."""
    return language.moment(notice.at), language.text(NOTICES[notice.kind], by=notice.by, about=notice.about)


def notice_text(notice: Notice, language: Language) -> str:
    """When it was, and what happened, in one line."""
    return ": ".join(notice_parts(notice, language))
