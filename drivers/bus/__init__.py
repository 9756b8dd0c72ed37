"""Drivers of the port `bus`."""
