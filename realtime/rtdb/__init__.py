"""/ws/rtdb/{file_id}: the realtime database's channel (source: Cloudillo contract, section 19)."""
