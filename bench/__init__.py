"""Gatehouse measured beside its peers."""
