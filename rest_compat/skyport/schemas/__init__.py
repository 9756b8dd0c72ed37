"""Skyport's wire shapes and the conversion of its units; nothing else converts. A number may come as text and back."""
