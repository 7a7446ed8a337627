"""Documents that are handed out: receipts, certificates, reports, subject access, as PDF or CSV."""
