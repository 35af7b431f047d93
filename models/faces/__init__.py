"""Faces out of labelled pictures: crops, their cache, and how they are degraded."""
