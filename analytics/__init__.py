"""Batches to scores to report: the store, timelines, the audience, the page."""
