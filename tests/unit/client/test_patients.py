"""People as FHIR resources, in and out."""

from __future__ import annotations

import importlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.client import DeskQuestion, PatientNotUsableError, question_about, verified_patient
from mlid_desktop.client.answers import DeskAnswer, ToldField

SYSTEM = "urn:oid:1.2.36.146.595.217.0.1"
CLAIMS = {"iat": 1_795_921_959, "iss": "f" * 32, "request": "a" * 32, "policy": {"name": "standard", "digest": "d"}}
PATIENT = {
    "resourceType": "Patient",
    "identifier": [
        {"use": "old", "system": SYSTEM, "value": "9"},
        {"system": SYSTEM, "value": "12345"},
        {"system": "urn:other", "value": "7"},
    ],
    "name": [{"use": "nickname", "text": "Pete"}, {"use": "official", "family": "Chalmers", "given": ["Peter", "J."]}],
    "birthDate": "1974-12-25",
}


def written(**changed: object) -> bytes:
    return json.dumps({**PATIENT, **changed}).encode()


def test_number_and_name_are_taken_over_and_nothing_else() -> None:
    checked, enrolled = question_about(written(), SYSTEM), question_about(written(), SYSTEM, "enrol")
    assert (checked.number, checked.name) == ("12345", "")
    assert (enrolled.number, enrolled.name) == ("12345", "Peter J. Chalmers")
    assert b"1974" not in checked.body + enrolled.body


@pytest.mark.parametrize(
    ("untrusted", "why"),
    [
        (b"", "form"),
        (b"[]", "form"),
        (b"[" * 100_000, "form"),
        (b" " * 300_000, "form"),
        (written(resourceType="Person"), "form"),
        (written(identifier="12345"), "form"),
        (written(name="Pete"), "form"),
        (written(identifier=[]), "identifier"),
        (written(identifier=[{"system": SYSTEM, "value": "1"}, {"system": SYSTEM, "value": "2"}]), "several"),
    ],
)
def test_a_resource_that_nobody_can_be_asked_about_by_is_refused_by_name(untrusted: bytes, why: str) -> None:
    with pytest.raises(PatientNotUsableError, match=why):
        question_about(untrusted, SYSTEM, "enrol")


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_whatever_comes_is_a_question_or_refused(untrusted: bytes | str) -> None:
    with pytest.raises(PatientNotUsableError):
        question_about(untrusted if isinstance(untrusted, bytes) else untrusted.encode(), SYSTEM)


def test_the_verified_identifier_comes_back_as_the_schema_has_it() -> None:
    answer = DeskAnswer("accepted", "verify", demo=False, again=False, name="Peter Chalmers", claims=CLAIMS)
    made = verified_patient(answer, DeskQuestion("verify", "12345"), SYSTEM)
    assert made is not None
    assert made["identifier"] == [{"system": SYSTEM, "value": "12345"}]
    assert {"score", "template", "image"}.isdisjoint(json.dumps(made))
    pytest.importorskip("fhir.resources", reason="the package with the schema is not installed")
    schema = importlib.import_module("fhir.resources.R4B.patient").Patient
    read = schema.model_validate(made)
    assert read.extension[0].extension[1].valueInstant.year == 2026
    with pytest.raises(ValueError, match="extra"):
        schema.model_validate({**made, "score": 1})


@pytest.mark.parametrize("verdict", ["rejected", "inconclusive", "no_answer", "withdrawn"])
def test_nobody_comes_back_who_was_not_shown_to_be_the_person(verdict: str) -> None:
    answer = DeskAnswer(verdict, "verify", demo=False, again=False, number="12345", claims=CLAIMS)
    assert verified_patient(answer, DeskQuestion("verify", "12345"), SYSTEM) is None


TOLD = (
    ToldField("phone", "phone", "+33 1 23 45 67 89", masked=False),
    ToldField("mail", "email", "p@example.org", masked=False),
    ToldField("born", "date", "1974-12-25", masked=False),
    ToldField("since", "date", "2020-02-29", masked=False),
    ToldField("plan", "choice", "gold", masked=False),
    ToldField("height", "number", "181.5", masked=False),
    ToldField("count", "number", "123456789012345678.1", masked=False),
    ToldField("membership", "document", "••••13", masked=True),
    ToldField("secret phone", "phone", "••••67", masked=True),
    ToldField("note", "text", "…", masked=False),
)


def test_the_sites_own_fields_come_back_as_the_schema_has_them() -> None:
    answer = DeskAnswer("accepted", "verify", demo=False, again=False, claims=CLAIMS, fields=TOLD)
    made = verified_patient(answer, DeskQuestion("verify", "12345"), SYSTEM, birth_date="born")
    assert made is not None
    assert made["telecom"] == [
        {"system": "phone", "value": "+33 1 23 45 67 89"},
        {"system": "email", "value": "p@example.org"},
    ]
    assert made["birthDate"] == "1974-12-25"
    parts = [part["extension"] for part in made["extension"][1:]]
    values = {part[0]["valueString"]: part[1] for part in parts}
    assert values == {
        "since": {"url": "value", "valueDate": "2020-02-29"},
        "plan": {"url": "value", "valueCode": "gold"},
        "height": {"url": "value", "valueDecimal": 181.5},
        "count": {"url": "value", "valueString": "123456789012345678.1"},
        "membership": {"url": "value", "valueString": "••••13"},
        "secret phone": {"url": "value", "valueString": "••••67"},
        "note": {"url": "value", "valueString": "…"},
    }
    assert {part[0]["valueString"] for part in parts if len(part) == 3} == {"membership", "secret phone"}
    pytest.importorskip("fhir.resources", reason="the package with the schema is not installed")
    schema = importlib.import_module("fhir.resources.R4B.patient").Patient
    read = schema.model_validate_json(json.dumps(made))
    assert read.birthDate.year == 1974
    assert read.telecom[0].system == "phone"
    without = verified_patient(answer, DeskQuestion("verify", "12345"), SYSTEM)
    assert without is not None
    assert "birthDate" not in without
    schema.model_validate_json(json.dumps(without))
