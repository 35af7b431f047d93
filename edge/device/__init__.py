"""The program on the device: camera loop, commands, status, watchdog."""
