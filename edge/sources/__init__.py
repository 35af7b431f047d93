"""Frames in: files, cameras, streams, FIFOs, a DeepLens."""
