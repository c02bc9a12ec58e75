"""The cost of decoding: probe, sound and stills of a 30 min 1080p file, beside ffmpeg's floor.

    python -m benchmarks.decoding

The floor is ffmpeg making 16 kHz mono PCM, and the keyframes as 64x36 grey pictures, in two runs
of the same file, each told to drop the packets that it does not need: the fastest way to ask that
we know. Ours also hashes the file, cuts segments at silences and writes stills as JPEG.
Runs alternate; figures are medians, the ratio that of the ratios of each pair.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.sample_lecture import lecture
from videobatch.media.container.probe import probe
from videobatch.media.pictures.frames import pick_frames
from videobatch.media.sound.segments import AudioReader

TARGET_RATIO = 1.3
MINUTES = 30
MAX_SEGMENT_S = 600.0
MAX_FRAMES, MIN_GAP_S = 60, 5.0


def measure(effort: suite.Effort) -> list[Figure]:
    """Seconds of each step, of the floor, and their ratio."""
    path = lecture(effort.samples, MINUTES)
    runs = effort.rounds(5, least=2)
    times = _times(path, runs)
    note = f"{MINUTES} min 1080p, {path.stat().st_size / 1e6:.0f} MB, median of {runs}"
    ratio = times.pop("ratio", None)
    figures = [Figure(name, seconds, "s", note=note) for name, seconds in times.items()]
    if ratio is not None:
        figures.append(Figure("ratio to the floor", ratio, "x", TARGET_RATIO, note))
    else:
        figures.append(Figure("ratio to the floor", math.nan, "x", TARGET_RATIO, "needs ffmpeg"))
    return figures


def read_all(path: Path) -> dict[str, float]:
    """Seconds of each step over the whole file; the results are dropped, as a stub would."""
    started = time.perf_counter()
    found = probe(path, path.parent)
    probed = time.perf_counter()
    for _ in AudioReader(path, path.parent, found, max_segment_s=MAX_SEGMENT_S):
        pass
    heard = time.perf_counter()
    pick_frames(path, path.parent, found, max_frames=MAX_FRAMES, min_gap_s=MIN_GAP_S)
    seen = time.perf_counter()
    return {
        "probe": probed - started,
        "audio": heard - probed,
        "frames": seen - heard,
        "ours": seen - started,
    }


def _times(path: Path, runs: int) -> dict[str, float]:
    """Medians of alternating runs, and the ratio of ours to the floor."""
    ffmpeg = shutil.which("ffmpeg")
    rows: list[dict[str, float]] = []
    for _ in range(runs):
        row = read_all(path)
        if ffmpeg is not None:
            row["floor, audio"] = _timed(lambda: _floor_audio(ffmpeg, path))
            row["floor, frames"] = _timed(lambda: _floor_frames(ffmpeg, path))
            row["floor"] = row["floor, audio"] + row["floor, frames"]
            row["ratio"] = row["ours"] / row["floor"]
        rows.append(row)
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def _timed(step: Callable[[], None]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def _floor_audio(ffmpeg: str, path: Path) -> None:
    source = ("-discard:v", "all", "-i", str(path))
    _run(ffmpeg, *source, "-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "s16le")


def _floor_frames(ffmpeg: str, path: Path) -> None:
    # Without -discard the same pictures take it two and a half times as long.
    source = ("-discard:v", "nokey", "-discard:a", "all", "-skip_frame", "nokey", "-i", str(path))
    grey = "scale=64:36,format=gray"
    picked = ("-map", "0:v:0", "-vf", grey, "-fps_mode", "passthrough")
    _run(ffmpeg, *source, *picked, "-f", "rawvideo")


def _run(ffmpeg: str, *arguments: str) -> None:
    command = [ffmpeg, "-v", "error", "-nostdin", "-y", *arguments, os.devnull]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    suite.alone("decoding", measure, __doc__)
