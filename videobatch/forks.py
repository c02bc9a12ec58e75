"""Forks of a process in which a library with threads of its own was loaded."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from functools import cache

# Its import starts a thread, which it joins when the process exits. A fork has no such thread, and
# waits for it for ever (1.32.0 with glibc: in `pthread_cond_destroy`, or it aborts).
LIBRARY = "onnxruntime"


@cache
def let_forks_end() -> None:
    """Lets each fork of this process end, whatever it ends by, even where onnxruntime was loaded
    before: without the exit handlers of the libraries in C. Python's own run first, and the exit
    code stays. Safe to repeat. Needs glibc; elsewhere it does nothing."""
    library = ctypes.CDLL(None)
    with suppress(AttributeError):
        on_exit, end = library.on_exit, ctypes.cast(library._exit, ctypes.c_void_p)
        on_exit.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        # The handler that was named last is called first, with the exit code.
        os.register_at_fork(after_in_child=lambda: LIBRARY in sys.modules and on_exit(end, None))
