"""What a tenant runs: deploy it, power it, change it, look into it, end it."""
