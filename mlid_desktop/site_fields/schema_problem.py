"""What can be wrong with a schema of a site's own fields."""

from __future__ import annotations

from enum import StrEnum


class SchemaProblem(StrEnum):
    """Reasons why a schema of a site's fields cannot be used."""

    NOT_TOML = "not_toml"
    UNKNOWN_ENTRY = "unknown_entry"
    MISSING_ENTRY = "missing_entry"
    WRONG_VALUE = "wrong_value"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"
    BAD_NAME = "bad_name"
    NAME_RESERVED = "name_reserved"
    NAME_TWICE = "name_twice"
    BAD_LANGUAGE = "bad_language"
    PERIOD_TOO_LONG = "period_too_long"
    NOT_OF_THIS_KIND = "not_of_this_kind"
    CHOICES_ALIKE = "choices_alike"
    BOUNDS_CROSSED = "bounds_crossed"
    REQUIRED_UNSEEN = "required_unseen"
