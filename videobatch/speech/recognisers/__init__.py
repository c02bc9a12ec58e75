"""Speech recognition on this machine: a module for each engine (`engines.py` has names)."""
