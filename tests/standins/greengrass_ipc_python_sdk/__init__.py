"""Stands in for the package that only a Greengrass V1 core brings: HTTP to the core."""
