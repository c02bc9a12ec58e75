from __future__ import annotations

import os
import subprocess
import sys

import pytest

from celery_app.celery_settings import QUEUE

pytestmark = pytest.mark.runs("celery_app.main", "celery_app.watched")

SHOW = """
from celery_app.main import app
print(app.conf.broker_transport_options["global_keyprefix"], app.conf.task_default_queue)
print(app.conf.worker_concurrency, app.wiring.initial_slots, app.wiring.most_slots)
keeper, _ = app.wiring.lease_keeper("w1@h")
print(keeper.store.keys.prefix, app.wiring.sample_sink("w1@h") is not None)
"""


LOADED = """
import sys
from celery_app.watched import app
app.loader.import_default_modules()
print(app.conf.broker_transport_options["global_keyprefix"])
print(*sorted({"av", "httpx", "numpy", "tasks", "videobatch.pipeline"} & set(sys.modules)))
"""


def run(code: str = SHOW, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VIDEOBATCH_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "VIDEOBATCH_REDIS_URL": "", **environment},
        capture_output=True,
        text=True,
    )


def test_settings_reach_the_application_and_its_wiring() -> None:
    done = run(
        VIDEOBATCH_REDIS_URL="redis://:pw@127.0.0.1:1/0",
        VIDEOBATCH_PREFIX="pre",
        VIDEOBATCH_CONCURRENCY__MAX="5",
        VIDEOBATCH_CONCURRENCY__INITIAL="2",
    )
    assert done.stdout.splitlines() == [f"pre:celery: {QUEUE}", "2 2 5", "pre True"], done.stderr


def test_without_redis_it_says_what_to_set() -> None:
    done = run()
    assert done.returncode == 1
    assert "VIDEOBATCH_REDIS_URL is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_who_only_watches_workers_loads_nothing_that_they_work_with() -> None:
    """Flower loads what the application calls its tasks' modules, and would hold it for nothing."""
    done = run(LOADED, VIDEOBATCH_REDIS_URL="redis://:pw@127.0.0.1:1/0", VIDEOBATCH_PREFIX="pre")
    assert done.stdout.splitlines() == ["pre:celery:", ""], done.stderr
