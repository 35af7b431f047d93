"""What devices send, into the store once: from a broker, S3 or files."""
