"""The Delta table that holds the batches, and what is done to it as a whole."""
