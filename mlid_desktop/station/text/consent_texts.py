"""The consent texts: what is collected, why, for how long and who sees it, a file for each purpose, language and
version in ``resources/consent``. The version that a consent record names stands for the exact words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import (
    USUAL_PURPOSE,
    Consent,
    ConsentOutcome,
    ConsentUse,
    DeclineReason,
)
from mlid_desktop.domain.text import tidy, toml_content
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import SOURCE_LANGUAGE, Language
from mlid_desktop.station.text.terms import MODALITIES

FOLDER = "consent"
MAXIMUM_TEXT = 64 * 1024
MAXIMUM_DAYS = 100 * 365
EARLIEST = date(2000, 1, 1)  # of a text that does not say from when on it was in use
ITEM = "– "  # what a line of a paragraph's body begins with that is an item of a list


class _Paragraph(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    head: str = Field(min_length=1, max_length=100)
    body: str = Field(min_length=1, max_length=4000)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    purpose: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    version: int = Field(ge=1, le=9999)
    language: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")
    retention_days: int = Field(ge=1, le=MAXIMUM_DAYS)
    in_use_from: date = EARLIEST
    uses: list[Literal["portrait", "site_fields", "answers"]] = Field(default_factory=list, max_length=len(ConsentUse))
    paragraph: list[_Paragraph] = Field(min_length=1, max_length=20)


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A consent text: headed paragraphs in one language; ``version`` changes when a word changes. Nobody can have
    agreed to it before ``in_use_from``. ``uses`` are those besides recognition that its words speak of."""

    version: str
    language: str
    paragraphs: tuple[tuple[str, str], ...]
    purpose: str = USUAL_PURPOSE
    retention_days: int = 1
    in_use_from: date = EARLIEST
    uses: tuple[ConsentUse, ...] = ()


def consent_text(language: Language, purpose: str = USUAL_PURPOSE, folder: Path | None = None) -> ConsentText:
    """The newest consent text of this purpose in the person's language, in English where there is none in it. Raises
    UsageError(USAGE_BAD_ARGUMENT) for a purpose without a text."""
    texts = consent_texts(purpose, folder)
    if not texts:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=purpose)
    return texts[default_text_index(texts, language)]


def default_text_index(texts: Sequence[ConsentText], language: Language) -> int:
    """Index of the consent text in the language of the window, else of the English one. Raises
    UsageError(USAGE_BAD_ARGUMENT) where neither is among them."""
    by_code = {text.language: index for index, text in enumerate(texts)}
    for code in (language.code, language.code.split("_")[0].split("-")[0], SOURCE_LANGUAGE):
        if code in by_code:
            return by_code[code]
    raise UsageError(Code.USAGE_BAD_ARGUMENT, what=language.code)


def consent_texts(purpose: str = USUAL_PURPOSE, folder: Path | None = None) -> tuple[ConsentText, ...]:
    """The newest consent text of this purpose in each language that has one, by the language's code."""
    newest: dict[str, tuple[int, ConsentText]] = {}
    for number, text in _texts(folder):
        if text.purpose == purpose and number >= newest.get(text.language, (0, text))[0]:
            newest[text.language] = (number, text)
    return tuple(newest[code][1] for code in sorted(newest))


def find_text(version: str, folder: Path | None = None) -> ConsentText | None:
    """The consent text that a record names, None where that text is not shipped with this program."""
    return next((text for _number, text in _texts(folder) if text.version == version), None)


def blocks_of(body: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The body of a paragraph in the pieces that it is read in: words, and the items of the list that they head, of
    which most have none."""
    blocks = []
    for block in body.split("\n\n"):
        lines = block.splitlines()
        words = "\n".join(line for line in lines if not line.startswith(ITEM))
        blocks.append((words, tuple(line.removeprefix(ITEM) for line in lines if line.startswith(ITEM))))
    return tuple(blocks)


def record_answer(
    text: ConsentText,
    outcome: ConsentOutcome,
    now: datetime,
    guardian: str = "",
    reason: str = "",
    *,
    portrait: bool = False,
    left_out: Collection[Modality] = (),
) -> Consent:
    """The record of the answer that the person, or the guardian, gave to a consent text. ``portrait``: the person also
    chose that a portrait is kept, which counts where the text speaks of one; ``left_out`` is what may not be
    captured."""
    chosen = portrait and outcome is ConsentOutcome.ACCEPTED and ConsentUse.PORTRAIT in text.uses
    purpose, days = text.purpose, text.retention_days
    said = tidy(guardian), tidy(reason)
    without = tuple(modality for modality in Modality if modality in left_out)
    return Consent(outcome, text.version, text.language, now, *said, purpose, days, text.uses, chosen, without)


def left_out_words(consent: Consent, language: Language) -> str:
    """What the person leaves out of what is captured, by name; empty where that is nothing."""
    return ", ".join(language.text(MODALITIES[modality]) for modality in consent.left_out)


def portrait_words(consent: Consent, language: Language) -> str:
    """What the person said to a portrait, as a sentence; empty for a consent to a text that speaks of none."""
    if ConsentUse.PORTRAIT not in consent.uses:
        return ""
    chosen = ConsentUse.PORTRAIT in consent.covers
    return language.text("Agrees that a portrait is kept") if chosen else language.text("No portrait is kept")


def version_words(version: str, language: Language) -> str:
    """The version of a consent text by its number, with the code that stands for its exact words."""
    number, _, code = version.partition("-")
    return language.text("version {number}, code {code}", number=number, code=code) if code else version


def declined_facts(consent: Consent) -> dict[str, str | bool]:
    """The facts that the audit may keep of somebody who declined consent: no word of their own, and nothing else."""
    return {
        "reason": decline_reason(consent.reason).value,
        "purpose": consent.purpose,
        "text": consent.text_version,
        "language": consent.language,
        "guardian": bool(consent.guardian),
    }


def decline_reason(answer: str) -> DeclineReason:
    """The known reason that a stated one belongs to: any words of somebody's own are "other"."""
    try:
        return DeclineReason(answer.strip()) if answer.strip() else DeclineReason.NOT_STATED
    except ValueError:
        return DeclineReason.OTHER


@lru_cache(maxsize=64)  # the same bytes are read by every page that shows a text
def read_text(untrusted: bytes) -> tuple[int, ConsentText]:
    """Parses a consent text file: its number and its text. Raises UsageError(USAGE_BAD_ARGUMENT)."""
    try:
        if len(untrusted) > MAXIMUM_TEXT:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=FOLDER)
        read = _File.model_validate(toml_content(untrusted))
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=FOLDER) from None
    content = [
        read.purpose,
        read.language,
        read.retention_days,
        [[paragraph.head, paragraph.body] for paragraph in read.paragraph],
        *([sorted(set(read.uses))] if read.uses else []),  # texts of before keep their versions
    ]
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
    paragraphs = tuple((paragraph.head, paragraph.body.strip()) for paragraph in read.paragraph)
    version = f"{read.version}-{digest[:12]}"
    return read.version, ConsentText(
        version,
        read.language,
        paragraphs,
        read.purpose,
        read.retention_days,
        read.in_use_from,
        tuple(use for use in ConsentUse if use.value in read.uses),
    )


def _texts(folder: Path | None) -> list[tuple[int, ConsentText]]:
    directory = folder or resource_folder() / FOLDER
    return [read_text(path.read_bytes()) for path in sorted(directory.glob("*.toml"))]
