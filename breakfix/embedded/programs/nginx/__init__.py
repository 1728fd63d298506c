"""nginx: its configuration, and what it serves by it."""
