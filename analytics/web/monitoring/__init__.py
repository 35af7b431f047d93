"""Whether the server is well, and figures of it."""
