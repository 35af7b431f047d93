"""Films and network streams, through PyAV on a host and OpenCV on a device."""
