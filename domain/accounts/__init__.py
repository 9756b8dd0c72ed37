"""Accounts: people, how they prove who they are, and what their credentials allow."""
