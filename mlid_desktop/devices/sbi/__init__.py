"""Readers behind a MOSIP SBI device service: discovery, requests, signed answers."""
