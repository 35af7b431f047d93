"""Amendments: what a person mends of a session after the tracker, a list in the store."""
