"""Results of one session: curve, bands, peaks, scenes, synchrony, scores, groups, norms."""
