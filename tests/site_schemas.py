"""Schemas of a site's own fields, as tests need them."""

from __future__ import annotations

from dataclasses import replace

from mlid_desktop.site_fields.reading import read_schema
from mlid_desktop.site_fields.schema import FieldSchema

CLINIC = """
[[field]]
name = "membership"
kind = "document"
label = { en = "Membership", fr = "Adhésion", ar = "العضوية" }
purpose = { en = "Finds the contract." }
days = 365
unique = true
shown = ["details", "list", "receipt", "search", "import", "export", "interface"]
scheme = "luhn"

[[field]]
name = "born"
kind = "date"
label = { en = "Date of birth" }
purpose = { en = "Tells people of one name apart." }
days = 1095
required = true
latest = "today"
shown = ["details", "import", "export"]

[[field]]
name = "plan"
kind = "choice"
label = { en = "Plan" }
purpose = { en = "What was booked." }
days = 30
shown = ["details", "list", "import"]
plain = ["list"]
choices = [
    { code = "gold", label = { en = "Gold", fr = "Or" } },
    { code = "basic", label = { en = "Basic", ar = "أساسي" } },
]

[[field]]
name = "phone"
kind = "phone"
label = { en = "Phone" }
purpose = { en = "To call back." }
days = 90
region = "FR"
shown = ["details", "receipt", "import", "export"]
"""


def clinic() -> FieldSchema:
    """Four fields: a unique membership number with a check digit, a required date, a choice and a phone number."""
    return read_schema(CLINIC.encode())


def told() -> FieldSchema:
    """Two of the clinic's fields that other programs can be told: the membership number and the plan."""
    said = CLINIC.replace('shown = ["details", "list", "import"]', 'shown = ["details", "list", "import", "interface"]')
    whole = read_schema(said.encode())
    return replace(whole, fields=tuple(known for known in whole.fields if known.name in {"membership", "plan"}))
