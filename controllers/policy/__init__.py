"""Pure decisions: records in, records out."""
