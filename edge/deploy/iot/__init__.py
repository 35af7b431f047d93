"""Connect a device to AWS IoT Core, and take it away again."""
