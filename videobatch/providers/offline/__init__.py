"""Speech recognition on this machine: the engines by name, and each of them."""
