"""Refs: short ids that stand for a right or an invitation."""
