from __future__ import annotations

import os
import subprocess
import sys

from celery_app import children
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
