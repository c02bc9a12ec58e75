from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest
from celery import signals

from celery_app.worker import children
from videobatch.records import Phase


def test_marks_outside_a_pool_child_go_nowhere() -> None:
    with children.phases().mark(Phase.CPU):
        assert children.table.counts(lambda _pid: True)[Phase.CPU] == 0


def test_only_living_children_of_this_process_count() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert children.is_own_child(child.pid)
        assert not children.is_own_child(os.getppid())
    finally:
        child.kill()
        child.wait()
    assert not children.is_own_child(child.pid)
    assert children.living() == frozenset()


def test_what_exists_before_the_fork_is_left_alone_by_the_collector() -> None:
    children.follow()
    before = gc.get_freeze_count()
    try:
        signals.worker_init.send(sender=None)
        assert gc.get_freeze_count() > before
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_another_life_of_a_worker_signs_otherwise() -> None:
    here = children.owner("w1@host")
    program = "from celery_app.worker.children import owner; print(owner('w1@host'))"
    there = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert here.partition("#")[0] == there.partition("#")[0] == "w1@host"
    assert here != there
    assert here == children.owner("w1@host")


GREEDY = """
import sys
from celery_app.worker import children
children.confine(256 << 20)
try:
    held = bytearray(1 << 30)
except MemoryError:
    print("no memory")
else:
    sys.exit("it took a gigabyte")
import resource
print(resource.getrlimit(resource.RLIMIT_CORE)[0], resource.getrlimit(resource.RLIMIT_FSIZE)[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds the limit")
def test_a_child_that_takes_all_memory_gets_an_error_and_nobody_else() -> None:
    done = subprocess.run([sys.executable, "-c", GREEDY], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["no memory", f"0 {children.FILE_BYTES}"], done.stderr
