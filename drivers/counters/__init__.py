"""Drivers of the port `counters`."""
