"""The site's own fields in an enrolment: none without consent to them, and nothing is lost when they change."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, ConsentUse, Details
from mlid_desktop.site_fields.schema import FieldSchema
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from tests.makers import ENROLLED
from tests.site_schemas import clinic
from tests.unit.workflow.test_sessions import enrolling as begun

BORN = ("born.1", "1990-01-31")
schemas = st.builds(
    lambda kept: FieldSchema(1, tuple(known for known, keep in zip(clinic().fields, kept, strict=True) if keep)),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
values = st.sets(st.sampled_from([BORN, ("membership.1", "79927398713"), ("gone.1", "x"), ("born.2", "y")])).map(
    lambda given: tuple(sorted(given))
)


def agreed(*uses: ConsentUse) -> Consent:
    return Consent(ConsentOutcome.ACCEPTED, "3", "en", ENROLLED, uses=uses)


@given(schemas, values, st.booleans())
def test_what_is_kept_was_agreed_to_and_is_recorded_here(
    schema: FieldSchema, given_values: tuple[tuple[str, str], ...], covered: bool
) -> None:
    consent = agreed(ConsentUse.SITE_FIELDS) if covered else agreed()
    session = replace(begun(), fields=schema).advance(events.ConsentAnswered(consent))
    session = session.advance(events.DetailsEntered(Details("1", "Ann", fields=given_values)))
    assert session.details is not None
    kept = session.details.fields
    assert set(kept) <= set(given_values)
    assert all(covered and key in schema.by_key for key, _ in kept)
    assert covered or not session.missing_fields


@given(schemas, values)
def test_a_draft_that_lacks_what_is_required_now_goes_on_at_the_details_with_all_it_has(
    schema: FieldSchema, given_values: tuple[tuple[str, str], ...]
) -> None:
    details = Details("1", "Ann", fields=given_values)
    words = events.EnrolmentResumed("s" * 32, agreed(ConsentUse.SITE_FIELDS), details, {}, {}, ())
    session = replace(begun(), fields=schema).advance(words)
    assert (session.stage is EnrolmentStage.DETAILS) == bool(session.missing_fields)
    assert session.details is not None
    assert session.details.fields == schema.known(given_values)


def test_nobody_is_saved_without_what_is_required() -> None:
    session = replace(
        begun(), stage=EnrolmentStage.REVIEW, fields=clinic(), consent=agreed(ConsentUse.SITE_FIELDS),
        details=Details("1", "Ann"),
    )  # fmt: skip
    refused = session.advance(events.Confirmed())
    assert (refused.stage, refused.reason) == (EnrolmentStage.REVIEW, Reason.DETAILS_MISSING)
    complete = replace(session, details=Details("1", "Ann", fields=(BORN,)))
    assert complete.advance(events.Confirmed()).stage is EnrolmentStage.SAVING


def test_somebody_who_is_enrolled_anew_is_asked_for_what_is_required_since() -> None:
    known = replace(begun(), fields=clinic(), details=Details("1", "Ann"))
    assert known.advance(events.ConsentAnswered(agreed(ConsentUse.SITE_FIELDS))).stage is EnrolmentStage.DETAILS
    assert known.advance(events.ConsentAnswered(agreed())).stage is EnrolmentStage.CAPTURE
    told = replace(known, details=Details("1", "Ann", fields=(BORN,)))
    assert told.advance(events.ConsentAnswered(agreed(ConsentUse.SITE_FIELDS))).stage is EnrolmentStage.CAPTURE
