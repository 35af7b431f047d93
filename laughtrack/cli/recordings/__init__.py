"""From footage that the user names to sessions in the store."""
