from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.support.waiting import wait_for
from videobatch.telemetry import processes
from videobatch.telemetry.processes import is_living_child, process_tree

FAR = 2**22 - 3


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    made = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield made
    made.kill()
    made.wait()


@pytest.mark.parametrize("has_proc", [True, False])
def test_a_child_lives_until_it_is_killed_even_as_a_zombie(
    child: subprocess.Popen[bytes], has_proc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_HAS_PROC", has_proc and processes._HAS_PROC)
    assert is_living_child(child.pid, os.getpid())
    assert not is_living_child(child.pid, os.getpid() + 1)
    child.kill()
    # Not waited for, so it stays a zombie.
    wait_for(lambda: not is_living_child(child.pid, os.getpid()), 5, "seen as dead")
    assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("has_proc", [True, False])
def test_an_id_that_nobody_has_is_dead(has_proc: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_HAS_PROC", has_proc and processes._HAS_PROC)
    assert not is_living_child(FAR, os.getpid())


def test_a_tree_sums_the_main_process_and_its_children(child: subprocess.Popen[bytes]) -> None:
    tree = process_tree(os.getpid())
    alone = psutil.Process(os.getpid()).memory_info().rss
    assert child.pid in tree.child_pids
    assert tree.rss_bytes > alone // 2
    assert tree.pss_bytes is None or 0 < tree.pss_bytes <= tree.rss_bytes
    assert process_tree(os.getpid(), with_pss=False).pss_bytes is None


def test_a_tree_of_nobody_is_an_error() -> None:
    with pytest.raises(psutil.NoSuchProcess):
        process_tree(FAR)
