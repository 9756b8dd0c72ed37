"""The front door and the only floor that knows everyone: settings, wiring, command line, HTTP and GraphQL."""
