"""Parts that several commands share: consoles, the ledger, names, the schema of --json."""
