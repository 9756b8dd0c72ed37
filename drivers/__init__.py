"""Implementations of the domain's ports, one file per backend. Drivers do not know each other."""
