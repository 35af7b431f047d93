"""From a frame to readings, and from readings to batches."""
