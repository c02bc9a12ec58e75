"""A worker's main process and the life of its children."""
