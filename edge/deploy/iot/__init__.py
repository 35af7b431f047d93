"""Register a device with AWS IoT Core, and remove it again."""
