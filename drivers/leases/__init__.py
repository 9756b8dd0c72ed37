"""Drivers of the port `leases`."""
