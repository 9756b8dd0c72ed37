"""Files as GraphQL shows them."""
