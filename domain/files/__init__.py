"""Files: upload, find, share, tag, trash."""
