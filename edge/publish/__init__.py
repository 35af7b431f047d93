"""Where batches go: a file, a broker, Greengrass."""
