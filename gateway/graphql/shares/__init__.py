"""Whom files are given to."""
