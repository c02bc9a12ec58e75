"""A seeded simulation of hosts, videos and a provider, to compare rules for the concurrency."""
