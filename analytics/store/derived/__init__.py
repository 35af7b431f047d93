"""Tables of what is worked out of the sessions, beside their readings: all can be made anew."""
