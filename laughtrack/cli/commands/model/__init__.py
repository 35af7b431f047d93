"""Commands of the smile model: its data, its training, its figures."""
