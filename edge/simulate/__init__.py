"""A simulated room, filmed, with its truth; never shipped to devices."""
