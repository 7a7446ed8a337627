"""What a capture and an enrolment have come to, for whoever looks at them."""
