"""Realtime channels over one domain, and the connection layer every socket stands on."""
