"""Speech recognition on this machine: engines by name, and what recognises with each."""
