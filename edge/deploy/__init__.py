"""Getting the tracker onto a device: runs on the operator's machine."""
