"""A worker as a process: `python -m celery_app`, with the options of `celery worker`."""

from __future__ import annotations

from celery_app.command import run_worker
from celery_app.main import app

if __name__ == "__main__":
    run_worker(app)
