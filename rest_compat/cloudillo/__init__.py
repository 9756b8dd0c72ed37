"""Cloudillo: the REST API of its documentation and clients, over our domain."""
