"""Instances: what a tenant runs."""
