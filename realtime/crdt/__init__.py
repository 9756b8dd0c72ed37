"""/ws/crdt/{doc_id}: Yjs documents, edited together, durable, over all replicas. See README.md."""
