"""The store: one Delta table of all sessions' batches."""
