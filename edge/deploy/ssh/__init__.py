"""Put the program onto a device over SSH."""
