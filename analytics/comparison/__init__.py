"""The same results for two screenings: alignment, curves, scores, what differs."""
