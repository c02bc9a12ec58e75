"""The only Redis code: ledger, leases, checkpoints, samples."""
