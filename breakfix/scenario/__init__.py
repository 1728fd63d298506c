"""Scenarios: the format, how files are read and checked, and their seeded variants."""
