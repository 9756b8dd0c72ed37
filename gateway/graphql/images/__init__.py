"""Images: what an instance starts from."""
