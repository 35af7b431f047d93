"""Shares and scores put right for the errors of the scorer."""
