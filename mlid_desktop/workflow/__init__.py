"""Enrolment, verification and identification as immutable state machines: no Qt, thread, clock or disk."""
