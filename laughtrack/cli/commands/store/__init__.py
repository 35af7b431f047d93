"""Commands on the store as a whole."""
