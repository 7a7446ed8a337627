"""Services, one for each use case, that every user interface drives: enrolment, verification, identification, subject
rights."""
