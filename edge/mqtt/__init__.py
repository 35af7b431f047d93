"""One MQTT client for device and ingest: addresses, TLS, the connection."""
