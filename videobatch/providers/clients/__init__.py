"""Those who hear and write for pay, by name."""
