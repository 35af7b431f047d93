"""A file of routes a page."""
