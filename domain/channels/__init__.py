"""Channels: named streams of messages inside a tenant; who may use them, and what they remember."""
