"""Synthetic speech: espeak-ng, from a wheel that is a development dependency."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cli.demo.needs import need

RATE_HZ = 22_050
PROJECT_ROOT = Path(__file__).parents[2]


def synthesise(
    text: str, rate: int = 160, voice: str = "en-us+f2", pitch: int = 45
) -> NDArray[np.int16]:
    """The text spoken: mono samples at 22,050 Hz, shape (n,). `rate` is words per minute, `pitch`
    0 to 100. The defaults are what pocketsphinx understands best. Equal arguments give equal
    samples: each text has a process of its own, because espeak-ng's synthesiser sounds on.
    Raises SettingsError if espeak-ng is not installed."""
    need("espeakng_loader")
    order = json.dumps([text, rate, voice, pitch])
    spoken = subprocess.run(
        [sys.executable, "-m", "cli.demo.espeak", order],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return np.frombuffer(spoken.stdout, np.int16).copy()
