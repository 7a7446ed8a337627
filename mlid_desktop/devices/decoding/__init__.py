"""Untrusted pictures and records: looked over here, decoded in a bounded helper process."""
