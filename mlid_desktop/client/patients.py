"""Hands people over as FHIR R4 ``Patient`` resources: who is to be checked comes in as one, and goes back with the
identifier that was verified. Nothing biometric stands in either."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from mlid_desktop.client.answers import DeskAnswer, ToldField
from mlid_desktop.client.desk_client import DeskQuestion

EXTENSION = "urn:org.mlid.desktop:verification"  # described in docs/how-to/hand-over-a-patient.md
FIELD_EXTENSION = "urn:org.mlid.desktop:field"  # as above
CONTACTS = frozenset({"phone", "email"})  # kinds of fields that a Patient has a place of its own for
CODE = re.compile(r"[^\s]+(\s[^\s]+)*")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?")
SHOWN_TO_BE = frozenset({"accepted", "enrolled", "found"})  # verdicts that say who somebody is
NAME_USES = ("official", "usual", None)  # the first of these that there is
MAXIMUM_BYTES = 256 * 1024


class PatientNotUsableError(ValueError):
    """A resource that nobody can be asked about by; ``why`` is "form", "identifier" or "several"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def question_about(untrusted: bytes, system: str, kind: str = "verify") -> DeskQuestion:
    """The question about a ``Patient`` (JSON): its one identifier of this ``system`` is the number, and where somebody
    is to be enrolled the name goes along. All else in it is left where it came from. Raises PatientNotUsableError."""
    if len(untrusted) > MAXIMUM_BYTES:
        raise PatientNotUsableError("form")
    try:
        patient = json.loads(untrusted)
        if patient["resourceType"] != "Patient":
            raise PatientNotUsableError("form")
        found = {
            str(identifier["value"])
            for identifier in patient.get("identifier", [])
            if identifier.get("system") == system and identifier.get("use") != "old" and identifier.get("value")
        }
        name = _name_of(patient.get("name", [])) if kind == "enrol" else ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PatientNotUsableError("form") from None
    if len(found) != 1:
        raise PatientNotUsableError("several" if found else "identifier")
    return DeskQuestion(kind, found.pop(), name)


def verified_patient(
    answer: DeskAnswer, question: DeskQuestion, system: str, birth_date: str = ""
) -> dict[str, Any] | None:
    """The ``Patient`` with the identifier that the desk verified, by whom, when and how, and with the site's own fields
    that the desk told; None for a verdict that does not say who somebody is. ``birth_date`` is the name of the field
    that is the date of birth."""
    number = answer.number or question.number
    if answer.verdict not in SHOWN_TO_BE or not number:
        return None
    at = datetime.fromtimestamp(int(answer.claims["iat"]), UTC).isoformat().replace("+00:00", "Z")
    said: list[dict[str, Any]] = [
        {"url": "verdict", "valueCode": answer.verdict},
        {"url": "at", "valueInstant": at},
        {"url": "station", "valueString": str(answer.claims["iss"])},
        {"url": "request", "valueString": str(answer.claims["request"])},
        {"url": "demonstration", "valueBoolean": answer.demo},
    ]
    policy = answer.claims.get("policy")
    if isinstance(policy, Mapping):
        said.append({"url": "policy", "valueString": str(policy.get("name", ""))})
    patient: dict[str, Any] = {
        "resourceType": "Patient",
        "extension": [{"url": EXTENSION, "extension": said}],
        "identifier": [{"system": system, "value": number}],
    }
    if answer.name:
        patient["name"] = [{"text": answer.name}]
    for told in answer.fields:
        if told.masked or not told.value:
            patient["extension"].append(_extension(told))
        elif told.kind in CONTACTS:
            patient.setdefault("telecom", []).append({"system": told.kind, "value": told.value})
        elif told.kind == "date" and told.name == birth_date:
            patient["birthDate"] = told.value
        else:
            patient["extension"].append(_extension(told))
    return patient


def _extension(told: ToldField) -> dict[str, Any]:
    """A field as an extension, its value of the type that FHIR has for its kind; a masked one is text."""
    value: dict[str, Any] = {"valueString": told.value or "-"}
    if told.kind == "date" and not told.masked:
        value = {"valueDate": told.value}
    elif told.kind == "choice" and not told.masked and CODE.fullmatch(told.value):
        value = {"valueCode": told.value}
    elif told.kind == "number" and not told.masked and _is_exact(told.value):
        value = {"valueDecimal": float(told.value)}
    parts: list[dict[str, Any]] = [{"url": "name", "valueString": told.name}, {"url": "value", **value}]
    if told.masked:
        parts.append({"url": "masked", "valueBoolean": True})
    return {"url": FIELD_EXTENSION, "extension": parts}


def _name_of(names: list[dict[str, Any]]) -> str:
    for use in NAME_USES:
        for name in names:
            if use is None or name.get("use") == use:
                whole = str(name.get("text") or " ".join([*name.get("given", []), name.get("family", "")]))
                return " ".join(whole.split())
    return ""


def _is_exact(number: str) -> bool:
    """Whether JSON's own numbers hold it digit by digit."""
    return DECIMAL.fullmatch(number) is not None and Decimal(repr(float(number))) == Decimal(number)
