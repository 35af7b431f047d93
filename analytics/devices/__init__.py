"""Devices over their broker: what they are told, what they say of themselves."""
