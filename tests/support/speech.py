"""Synthetic speech for tests: espeak-ng, from a wheel that is a development dependency."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from videobatch.records import SAMPLE_RATE_HZ

RATE_HZ = 22_050
PROJECT_ROOT = Path(__file__).parents[2]

# From espeak-ng's speak_lib.h.
SYNCHRONOUS, NO_EXIT, UTF8, POSITION_CHARACTER = 2, 0x8000, 1, 1
PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4, "gap": 7}

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)
_pieces: list[NDArray[np.int16]] = []


def _collect(samples: Any, count: int, _events: Any) -> int:
    if count > 0:
        _pieces.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
    return 0


# The library keeps the pointer: it must live as long as the process.
_callback = _Callback(_collect)


def _espeak() -> Any:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate_hz = library.espeak_Initialize(SYNCHRONOUS, 0, ctypes.c_char_p(data), NO_EXIT)
    assert rate_hz == RATE_HZ, f"espeak-ng speaks at {rate_hz} Hz"
    library.espeak_SetSynthCallback(_callback)
    # Breath is noise from a generator seeded by the clock: equal texts shall sound equal.
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    return library


def synthesise(
    text: str, rate: int = 160, voice: str = "en-us+f2", pitch: int = 45
) -> NDArray[np.int16]:
    """The text spoken: mono samples at 22,050 Hz, shape (n,). `rate` is words per minute, `pitch`
    0 to 100. The defaults are what pocketsphinx understands best. Equal arguments give equal
    samples: each text has a process of its own, because espeak-ng's synthesiser sounds on."""
    order = json.dumps([text, rate, voice, pitch])
    spoken = subprocess.run(
        [sys.executable, "-m", "tests.support.speech", order],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return np.frombuffer(spoken.stdout, "<i2").astype(np.int16)


def _speak(text: str, rate: int, voice: str, pitch: int) -> bytes:
    espeak = _espeak()
    assert espeak.espeak_SetVoiceByName(voice.encode()) == 0, f"no voice {voice}"
    for name, value in (("rate", rate), ("pitch", pitch), ("range", 50), ("gap", 0)):
        espeak.espeak_SetParameter(PARAMETERS[name], value, 0)
    spoken = text.encode()
    espeak.espeak_Synth(
        ctypes.c_char_p(spoken),
        ctypes.c_size_t(len(spoken) + 1),
        ctypes.c_uint(0),
        POSITION_CHARACTER,
        ctypes.c_uint(0),
        ctypes.c_uint(UTF8),
        None,
        None,
    )
    espeak.espeak_Synchronize()
    return b"".join(piece.astype("<i2").tobytes() for piece in _pieces)


def resampled(samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    """The samples at 16 kHz, by cutting off their spectrum at 8 kHz; for rates above that."""
    count = len(samples) * SAMPLE_RATE_HZ // rate_hz
    spectrum = np.fft.rfft(samples.astype(np.float64))[: count // 2 + 1]
    wave = np.fft.irfft(spectrum, count) * (count / len(samples))
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)


if __name__ == "__main__":
    sys.stdout.buffer.write(_speak(*json.loads(sys.argv[1])))
