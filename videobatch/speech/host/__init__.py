"""The host's one recogniser: a process with one copy of each model of speech and of slides, which
all of its videos share."""
