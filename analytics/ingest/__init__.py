"""What devices send, taken into the store once: from a broker, S3 or files."""
