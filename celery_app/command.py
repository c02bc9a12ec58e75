"""The command `worker` of Celery alone: its other commands, Flower and a shell among them, would be
loaded by each worker, and held by each of its children."""

from __future__ import annotations

import os
from typing import Any

from celery.bin.base import CLIContext
from celery.bin.worker import worker

IN_BACKGROUND = frozenset({"detach"})


def run_worker(app: Any) -> None:
    """Runs a worker of the application with the arguments of this process, and ends the process
    with it. Variables (`CELERY_WORKER_...`) count as they do for `celery worker`, and so do options
    but those for a process in the background: Celery would start its own command there."""
    worker.params = [each for each in worker.params if each.name not in IN_BACKGROUND]
    context = CLIContext(app=app, no_color=bool(os.environ.get("NO_COLOR")), workdir=None)
    worker.main(obj=context, auto_envvar_prefix="CELERY_WORKER")
