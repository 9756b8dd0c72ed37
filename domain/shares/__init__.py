"""Shares: who was given a file, and files reached through others."""
