"""The GraphiQL explorer, for a browser that opens the endpoint."""
