"""What is freed goes back to the machine."""

from __future__ import annotations

import ctypes
import platform

import psutil
import pytest

from videobatch.heap import give_back

PIECES, PIECE_BYTES = 2000, 32 << 10


def resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_freed_pieces_of_the_heap_go_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = (ctypes.c_size_t,)
    library.free.argtypes = (ctypes.c_void_p,)
    pieces = [library.malloc(PIECE_BYTES) for _ in range(PIECES)]
    for piece in pieces:
        ctypes.memset(piece, 1, PIECE_BYTES)
    # The last one stays, so that the heap's end cannot simply be moved.
    for piece in pieces[:-1]:
        library.free(piece)
    before = resident_bytes()
    give_back()
    library.free(pieces[-1])
    assert before - resident_bytes() > PIECES * PIECE_BYTES * 0.8


def test_it_is_safe_to_repeat() -> None:
    give_back()
    give_back()
