"""Three sample videos, made on the spot, and their documents: `make demo`."""
