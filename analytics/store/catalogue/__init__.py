"""What the store holds, a row a session: kept beside the readings, read anew where they change."""
