"""The installer that runs on the device itself."""
