"""The fleet as its workers report it: readings, counts over time, the snapshot to decide on."""
