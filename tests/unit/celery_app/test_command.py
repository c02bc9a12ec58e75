"""A worker's own command: the options of `celery worker`, and none of Celery's other commands."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from celery.bin.worker import worker

from config.settings import PROJECT_ROOT

pytestmark = pytest.mark.runs("celery_app.__main__")

OTHERS = {"celery.bin.celery", "click_repl", "flower", "prompt_toolkit"}
LOADED = f"""
import sys
sys.argv = ["x", "--help"]
try:
    import runpy
    runpy.run_module("celery_app", run_name="__main__", alter_sys=True)
except SystemExit:
    print(*({OTHERS!r} & set(sys.modules)), file=sys.stderr)
"""


def run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VIDEOBATCH_")}
    url = {"VIDEOBATCH_REDIS_URL": "redis://127.0.0.1:1/0"}
    return subprocess.run(
        [sys.executable, *argv],
        cwd=PROJECT_ROOT,
        env={**kept, **url, **environment},
        capture_output=True,
        text=True,
    )


def test_it_has_the_options_of_celery_s_worker_and_loads_no_other_command() -> None:
    done = run("-c", LOADED)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    offered = {each.name: each.opts[0] in done.stdout for each in worker.params}
    assert [name for name, is_offered in offered.items() if not is_offered] == ["detach"]


def test_an_option_that_there_is_not_ends_it() -> None:
    done = run("-m", "celery_app", "--faster")
    assert done.returncode == 2
    assert "No such option" in done.stderr


def test_variables_set_options_as_they_do_for_celery_worker() -> None:
    done = run("-m", "celery_app", CELERY_WORKER_LOGLEVEL="loud")
    assert done.returncode == 2
    assert "LOUD" in done.stderr
