"""Who recognises speech and composes text: offline here, servers elsewhere."""
