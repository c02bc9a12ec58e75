"""Memory with eight videos at once and speech recognised offline in each of them.

    python -m benchmarks.speech_memory

As benchmarks.memory, but with pocketsphinx in the children and a minute and a half of speech
for each: segments of 30 s stream through, so that the length of a file does not matter.
"""

from __future__ import annotations

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.memory import SLOTS, at_once
from benchmarks.sample_lecture import lecture

MINUTES = 1
TARGET_MB = 2000.0


def measure(effort: suite.Effort) -> list[Figure]:
    """The peak while they run, and of the idle worker before it."""
    path = lecture(effort.samples, MINUTES, spoken=True)
    return at_once(effort.folder, path, f"offline speech, {SLOTS} at once", TARGET_MB)


if __name__ == "__main__":
    suite.alone("speech_memory", measure, __doc__)
