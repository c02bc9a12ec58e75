"""The host's one recogniser: a process with one copy of a model, which all of its videos share."""
