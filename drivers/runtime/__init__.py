"""Drivers of the port `runtime`."""
