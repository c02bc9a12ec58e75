"""Thin Celery tasks and their wiring after the fork."""
