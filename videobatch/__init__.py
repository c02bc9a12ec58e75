"""The engine: turns one video into a document. Knows nothing of Celery or of settings."""
