"""Find faces in frames: where to look, what changed, the cascades."""
