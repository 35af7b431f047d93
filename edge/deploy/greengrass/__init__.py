"""Packages for AWS IoT Greengrass: version 1's Lambda, version 2's component."""
