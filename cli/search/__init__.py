"""Commands that find again what was made."""
