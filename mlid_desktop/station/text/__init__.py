"""Every sentence that people read, by content: errors, terms, audit events, prompts, consent."""
