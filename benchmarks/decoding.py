"""What decoding costs: probe, sound and stills of a 30 min 1080p file, beside ffmpeg's floor.

    python -m benchmarks.decoding [--folder DIR] [--runs 5] [--processes 8] [--json]

The floor is ffmpeg making 16 kHz mono PCM, and the keyframes as 64x36 grey pictures, in two runs
of the same file. Ours also hashes the file, cuts segments at silences and writes stills as JPEG.
Runs alternate; figures are medians. Memory is the largest sum of the proportional set sizes (PSS)
of that many processes at once on the file, forked from one, and that one. Linux only.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.sample_lecture import lecture
from videobatch.media.audio import AudioReader
from videobatch.media.frames import pick_frames
from videobatch.media.probe import probe

TARGET_RATIO = 1.3
TARGET_BYTES = 10**9
MAX_SEGMENT_S = 600.0
MAX_FRAMES, MIN_GAP_S = 60, 5.0
LOOK_EVERY_S = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description="Decoding cost and memory, beside ffmpeg")
    parser.add_argument("--folder", type=Path, help="keeps the sample file for the next time")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = lecture(options.folder or Path(temporary), options.minutes)
        figures = {
            "file_bytes": path.stat().st_size,
            **_times(path, options.runs),
            "processes": options.processes,
            "pss_bytes": _memory(path, options.processes),
        }
    print(json.dumps(figures, indent=2) if options.json else _table(figures))


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
        "probe_s": probed - started,
        "audio_s": heard - probed,
        "frames_s": seen - heard,
        "ours_s": seen - started,
    }


def _times(path: Path, runs: int) -> dict[str, float]:
    """Medians of alternating runs, and the ratio of ours to the floor."""
    ffmpeg = shutil.which("ffmpeg")
    rows: list[dict[str, float]] = []
    for _ in range(runs):
        row = read_all(path)
        if ffmpeg is not None:
            row["floor_audio_s"] = _timed(lambda: _floor_audio(ffmpeg, path))
            row["floor_frames_s"] = _timed(lambda: _floor_frames(ffmpeg, path))
            row["floor_s"] = row["floor_audio_s"] + row["floor_frames_s"]
            row["ratio"] = row["ours_s"] / row["floor_s"]
        rows.append(row)
    return {name: round(statistics.median(row[name] for row in rows), 3) for name in rows[0]}


def _timed(step: Callable[[], None]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def _floor_audio(ffmpeg: str, path: Path) -> None:
    _run(ffmpeg, "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "s16le")


def _floor_frames(ffmpeg: str, path: Path) -> None:
    grey = "scale=64:36,format=gray"
    _run(
        ffmpeg, "-skip_frame", "nokey", "-i", str(path), "-map", "0:v:0", "-vf", grey,
        "-fps_mode", "passthrough", "-f", "rawvideo",
    )  # fmt: skip


def _run(ffmpeg: str, *arguments: str) -> None:
    command = [ffmpeg, "-v", "error", "-nostdin", "-y", *arguments, os.devnull]
    subprocess.run(command, check=True)


def _memory(path: Path, processes: int) -> int:
    """The largest sum of PSS, in bytes, while `processes` children read the file at once."""
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=read_all, args=(path,)) for _ in range(processes)]
    for child in children:
        child.start()
    largest = 0
    while any(child.is_alive() for child in children):
        pids = [os.getpid(), *(child.pid for child in children if child.pid is not None)]
        largest = max(largest, sum(_pss_bytes(pid) for pid in pids))
        time.sleep(LOOK_EVERY_S)
    if any(child.exitcode for child in children):
        raise SystemExit("a process failed, so its memory says nothing")
    return largest


def _pss_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _table(figures: dict[str, float]) -> str:
    lines = [f"{name:<16} {value:>14,}" for name, value in figures.items()]
    if "ratio" in figures:
        lines.append(f"ratio: {figures['ratio']} (target: at most {TARGET_RATIO})")
    else:
        lines.append("ffmpeg is not on the PATH, so there is no floor to compare with")
    lines.append(
        f"memory: {figures['pss_bytes'] / 1e6:,.0f} MB (target: {TARGET_BYTES / 1e6:,.0f})"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
