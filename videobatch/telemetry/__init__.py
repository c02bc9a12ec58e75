"""Readings of the host and of the worker's processes, and logging."""
