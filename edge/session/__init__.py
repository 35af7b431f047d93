"""One session: its name, clock, schedule, journal and restart."""
