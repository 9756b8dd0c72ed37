"""/ws/bus: commands, pushes and channels between the connections of people."""
