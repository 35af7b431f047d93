"""Footage that waits to be scored, is being scored, or was."""
