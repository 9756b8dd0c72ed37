"""Tenants: who owns resources, and who may do what in their name."""
