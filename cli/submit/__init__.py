"""The command submit: from settings and options to a batch."""
