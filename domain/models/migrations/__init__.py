"""Schema changes in order. Written by `gatehouse migrate --write NAME`, then read and corrected by hand."""
