"""The pace of a model on this machine: seconds of one processor for an hour of fluent speech.

    python -m videobatch.speech.models.pace FOLDER

Prints the seconds. It is a process of its own, since a model that is loaded must never be in one
that forks, and ends with it. What is measured is one window of 30 s, as dense as fluent speech: the
encoder, and a search over five beams for as many tokens, in eight bits on one thread; silence costs
less.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from videobatch.errors import PermanentError
from videobatch.speech.models.cost import BEAMS, TOKENS, WINDOW_S

LIMIT_S = 60.0
HOUR_S = 3600.0
# Ten milliseconds each.
FRAMES = 3000
# The begin of a transcript in the vocabulary of English alone; in that of all languages the next.
FIRST_TOKEN = 50_257


def measure(folder: Path, limit_s: float = LIMIT_S) -> float:
    """The seconds that an hour of speech takes with the model in the folder; about five seconds go
    by. Raises PermanentError where the model cannot be loaded, or takes longer than `limit_s`."""
    argv = [sys.executable, "-m", __name__, str(folder)]
    try:
        ended = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PermanentError(f"it takes longer than {limit_s:g} s", code="model_slow") from error
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines() or ["it said nothing"]
        raise PermanentError(f"it cannot be loaded: {said[-1]}", code="model_broken")
    return float(ended.stdout)


def hour_s(folder: str) -> float:
    """The seconds for an hour, measured in this process. Raises RuntimeError, ValueError."""
    engine: Any = importlib.import_module("ctranslate2")
    model = engine.models.Whisper(
        folder, device="cpu", compute_type="int8", intra_threads=1, inter_threads=1
    )
    sound = engine.StorageView.from_array(np.zeros((1, model.n_mels, FRAMES), np.float32))
    first = FIRST_TOKEN + bool(model.is_multilingual)
    began_s = time.process_time()
    encoded = model.encode(sound)
    # The end is never chosen, so that every run decodes as many.
    model.generate(
        encoded, [[first]], beam_size=BEAMS, max_length=TOKENS, suppress_tokens=[first - 1]
    )
    return (time.process_time() - began_s) * HOUR_S / WINDOW_S


if __name__ == "__main__":
    sys.stdout.write(f"{hour_s(sys.argv[1]):.1f}\n")
