"""Skyport Panel: the API of its documentation, over our domain."""
