"""The tools of a worker's child, built once after the fork."""
