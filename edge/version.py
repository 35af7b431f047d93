"""The release's number, for what is built of it and for what a device says of itself."""

VERSION = "0.1.0"
