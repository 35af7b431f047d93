"""Results of a session that is still going on, a second at a time."""
