"""The Celery application, its settings, worker boot steps and control commands."""
