"""Stands in for what only a Greengrass V1 core brings: as far as greengrasssdk 1.6.1 uses it."""
