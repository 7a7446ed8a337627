"""Use cases that every face drives: enrolment, verification, identification, subject rights."""
