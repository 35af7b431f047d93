"""MOTChallenge files: write tracks, read them, score them."""
