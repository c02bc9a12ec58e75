"""Speech recognition on this machine: a module for each engine (`clients/engines.py` has names)."""
