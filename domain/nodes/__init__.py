"""Hosts: registered, checked, watched."""
