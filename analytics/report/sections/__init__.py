"""The sections of a page: each function returns the data that the section's template shows."""
