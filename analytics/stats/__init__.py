"""Statistics, arrays in and arrays out: nothing here knows of sessions."""
