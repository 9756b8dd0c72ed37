"""The `gatehouse` command: one file per group. Heavy modules are imported inside the commands that need them."""
