from __future__ import annotations

import subprocess
import sys

from celery_app.worker.stopping import StopFlag, end_children

IN_A_CHILD = """
import os
from celery_app.worker.stopping import StopFlag
flag = StopFlag()
assert not flag.is_up
pid = os.fork()
if pid == 0:
    flag.lift()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert flag.is_up
print("seen")
"""


def test_flag_is_down_until_lifted() -> None:
    flag = StopFlag()
    assert not flag.is_up
    flag.lift()
    flag.lift()
    assert flag.is_up


def test_flag_is_seen_across_a_fork() -> None:
    done = subprocess.run([sys.executable, "-c", IN_A_CHILD], capture_output=True, text=True)
    assert done.stdout == "seen\n", done.stderr


def test_children_that_are_left_are_killed_and_gone_ones_are_no_error() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    end_children(lambda: [gone.pid, left.pid])
    assert left.wait(timeout=300) == -9
