"""The way from the fact to the screen: how late a finished video's line is on the terminal.

    python -m benchmarks.progress

A stack as `videobatch up` starts it, `videobatch submit` in a pseudo-terminal of 120 columns, and
seconds of silence to work on. A video is final at `finished_ms` (Redis' clock, rounded down); its
line is there when its `✓` has been read from the terminal. Then the same with `videobatch watch`
on a batch that was submitted with --detach.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks import suite
from benchmarks.figures import Figure, quantile
from benchmarks.inputs import silences
from benchmarks.stacks import Stack, running_stack, sound
from tests.support.processes import ROOT
from videobatch.paths import to_uri
from videobatch.state.ids import batch_id

TARGET_S = 0.5
COUNT = 120
LIMIT_S = 180.0
ROWS, COLUMNS = 40, 120
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_LINE = re.compile(r"[✓◐✗] (\S+\.wav)")
_KEPT = 8192


def measure(effort: suite.Effort) -> list[Figure]:
    """p50 and p99 of the delay with `submit`, and with `watch`."""
    count = effort.rounds(COUNT, least=50)
    with running_stack(effort.folder / "home") as running:
        submitted = _submitted(running, effort.folder / "submitted", count)
        watched = _watched(running, effort.folder / "watched", count)
    note, watch_note = (f"{len(each)} videos, pseudo-terminal" for each in (submitted, watched))
    return [
        Figure("submit, p50", quantile(submitted, 0.5), "s", note=note),
        Figure("submit, p99", quantile(submitted, 0.99), "s", TARGET_S, note),
        Figure("watch, p50", quantile(watched, 0.5), "s", note=watch_note),
        Figure("watch, p99", quantile(watched, 0.99), "s", TARGET_S, watch_note),
    ]


def _submitted(running: Stack, folder: Path, count: int) -> list[float]:
    """Delays under `submit`, which shows every video."""
    videos, out = folder / "videos", folder / "out"
    silences(videos, count)
    seen = _seen(running, ["submit", str(videos), "--out", str(out)])
    delays = _delays(running, _batch(videos, out), seen)
    assert len(delays) == count, f"{len(delays)} of {count} videos were shown"
    return delays


def _watched(running: Stack, folder: Path, count: int) -> list[float]:
    """Delays under `watch`, for the videos that end while it looks: the batch rests until its
    first picture is drawn."""
    videos, out = folder / "videos", folder / "out"
    silences(videos, count)
    own = _batch(videos, out)
    sound(running.cli("submit", videos, "--out", out, "--detach"))
    running.ledger.steer(own, "pause")
    return _delays(
        running, own, _seen(running, ["watch", own], lambda: running.ledger.steer(own, "resume"))
    )


def _batch(videos: Path, out: Path) -> str:
    return batch_id(videos.name, to_uri(videos), to_uri(out))


def _delays(running: Stack, own: str, seen: Mapping[str, float]) -> list[float]:
    """Seconds from each video's end to its line. AssertionError if one was left out."""
    ends = {video.name: video.finished_s or 0.0 for video in running.views.all_videos(own)}
    assert seen, "no line was shown"
    first_s = min(ends[name] for name in seen)
    missing = sorted(name for name, end_s in ends.items() if end_s > first_s and name not in seen)
    assert not missing, f"no line was shown for {missing}"
    return [read_s - ends[name] for name, read_s in seen.items()]


def _seen(
    running: Stack, arguments: list[str], at_first: Callable[[], object] = bool
) -> Mapping[str, float]:
    """The time, in Unix seconds, at which each finished video's line had been read from the
    terminal; calls `at_first` when something was."""
    seen: dict[str, float] = {}
    kept = b""
    with _terminal(running, arguments) as screen:
        for number, (read_s, text) in enumerate(_chunks(screen)):
            if number == 0:
                at_first()
            kept = (kept + text)[-_KEPT:]
            for name in _LINE.findall(_ESCAPES.sub(b"", kept).decode(errors="replace")):
                seen.setdefault(name, read_s)
    return seen


def _chunks(screen: int) -> Iterator[tuple[float, bytes]]:
    """Yields what is written to the terminal, with the time of reading; until it closes."""
    deadline_s = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline_s:
        if not select.select([screen], [], [], 1.0)[0]:
            continue
        try:
            text = os.read(screen, 65536)
        except OSError:  # EIO: the last process that had it open has ended.
            return
        if not text:
            return
        yield time.time(), text
    raise AssertionError(f"the command did not end within {LIMIT_S:g} s")


@contextmanager
def _terminal(running: Stack, arguments: list[str]) -> Iterator[int]:
    """Runs a command in a pseudo-terminal; its other end, to read from."""
    screen, own = pty.openpty()
    fcntl.ioctl(own, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env={**running.cli.variables, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        stdin=own,
        stdout=own,
        stderr=own,
        start_new_session=True,
    )
    os.close(own)
    try:
        yield screen
        assert process.wait(10) == 0, f"exit code {process.returncode}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(screen)


if __name__ == "__main__":
    suite.alone("progress", measure, __doc__)
