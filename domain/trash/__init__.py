"""The trash: what was thrown away, until it is gone for good."""
