"""The needs of several commands: consoles, the ledger, names, the schema of --json."""
