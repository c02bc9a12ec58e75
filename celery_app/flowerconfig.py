"""Flower's settings: a password, and rows that say which video of which batch is at which stage.

    celery -A celery_app.watched flower --conf=celery_app/flowerconfig.py

The password is that of FLOWER_BASIC_AUTH (`user:password`), or stands in the file that
VIDEOBATCH_FLOWER_PASSWORD_FILE names. Without either Flower does not start.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from flower.views.monitor import Metrics
from tornado import web

from celery_app.composition import flower_views
from celery_app.flower_rows import Rows, password_of

# Read by Flower, under these names.
if not os.environ.get("FLOWER_BASIC_AUTH"):
    basic_auth = [password_of(os.environ)]
if os.environ.pop("FLOWER_UNAUTHENTICATED_API", ""):
    sys.exit("FLOWER_UNAUTHENTICATED_API would let anybody end workers: it is not supported")
tasks_columns = "args,kwargs,state,worker,received,runtime"
natural_time = False
max_tasks = 10_000
# Those that have been away for a day.
purge_offline_workers = 24 * 3600
inspect_timeout = 3_000.0

# Flower leaves this page open to everybody.
Metrics.get = web.authenticated(Metrics.get)

_rows = Rows(flower_views)


def format_task(task: Any) -> Any:
    """The task as it is shown."""
    return _rows.shown(task)
