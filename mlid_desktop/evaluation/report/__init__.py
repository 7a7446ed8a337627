"""Reports of an evaluation, as a page and as a document: tables, plots, drawings."""
