"""Boxes to viewers: one ID kept on each face."""
