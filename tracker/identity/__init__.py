"""Identity: who a face is that was not followed all the time."""
