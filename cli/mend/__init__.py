"""Changing the course of a batch: pause, retry, dead letters, recovery."""
