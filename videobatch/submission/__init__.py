"""The birth of a batch: inputs, wish, plan, and the list of what was accepted."""
