"""The history: an event log in SQLite."""
