"""Checks: one file a kind, and the runner that asks them."""
