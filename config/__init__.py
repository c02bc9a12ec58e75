"""All that can be set: frozen settings, read at the composition roots alone."""
