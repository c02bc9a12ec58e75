"""The clients against servers that others wrote: `make compat`."""
