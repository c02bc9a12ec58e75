"""Places that models come from: a folder, packages of the index, a hub."""
