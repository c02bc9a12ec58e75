"""Small files to measure with: sound that has no words, and files that are no videos."""

from __future__ import annotations

import wave
from pathlib import Path

RATE_HZ = 16_000


def silences(folder: Path, count: int, seconds: float = 1.0, name: str = "silence") -> list[Path]:
    """So many WAV files of silence; each becomes a document in a few hundredths of a second."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}-{number:04}.wav" for number in range(count)]
    for path in paths:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(bytes(2 * round(seconds * RATE_HZ)))
    return paths


def no_videos(folder: Path, count: int) -> list[Path]:
    """So many files of eight bytes of text under the name of a video: each fails at once."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"text-{number:05}.mp4" for number in range(count)]
    for path in paths:
        path.write_bytes(b"no video")
    return paths
