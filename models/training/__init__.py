"""Training SmileNet: targets, augmentation, soft labels, the loop, the search of settings."""
