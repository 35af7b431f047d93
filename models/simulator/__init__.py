"""What the simulated room's faces are made of."""
