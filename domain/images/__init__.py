"""What instances start from."""
