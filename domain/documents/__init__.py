"""CRDT documents: an append-only log of Yjs updates, folded now and then; versions, reading and editing them."""
