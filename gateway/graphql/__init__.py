"""The GraphQL door: one schema over the whole domain, over HTTP, WebSocket and event streams."""
