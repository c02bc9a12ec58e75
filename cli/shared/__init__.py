"""What several commands need: consoles, the ledger, names, the schema of --json."""
