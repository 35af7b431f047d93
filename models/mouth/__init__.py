"""MouthNet: whether a face's mouth is to be seen; its training."""
