"""Links and invitations."""
