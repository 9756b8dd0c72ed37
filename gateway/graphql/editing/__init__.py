"""Documents that many edit at once (beside documents.py, which holds GraphQL documents)."""
