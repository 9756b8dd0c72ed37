"""Nodes: the hosts on which instances run."""
