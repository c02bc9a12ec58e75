"""Forks that end, whatever library was loaded before."""

from __future__ import annotations

from pathlib import Path

from tests.support.processes import Process
from videobatch.forks import LIBRARY

SOON_S = 300.0
# A process that loads the library and forks; the child ends as a program does.
PROGRAM = f"""
import atexit, os, sys
import {LIBRARY}
from videobatch.forks import let_forks_end

let_forks_end()
let_forks_end()
child = os.fork()
if child == 0:
    atexit.register(print, "python's own handlers run")
    sys.exit(3)
print("the child ended by", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""


def test_a_fork_ends_with_its_exit_code_though_the_library_was_loaded(tmp_path: Path) -> None:
    process = Process.python(["-c", PROGRAM], tmp_path / "log")
    try:
        process.wait_for_line("the child ended by 3", SOON_S)
        assert "python's own handlers run" in process.log()
    finally:
        process.stop()
