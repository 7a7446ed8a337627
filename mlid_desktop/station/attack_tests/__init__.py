"""Tests of attack detection with a site's own people and attacks, and the reports of such tests."""
