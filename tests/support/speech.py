"""Synthetic speech for tests: espeak-ng, from a wheel that is a development dependency."""

from __future__ import annotations

import ctypes
import threading
from functools import cache
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from videobatch.records import SAMPLE_RATE_HZ

RATE_HZ = 22_050

# From espeak-ng's speak_lib.h.
SYNCHRONOUS, NO_EXIT, UTF8, POSITION_CHARACTER = 2, 0x8000, 1, 1
PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4, "gap": 7}

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)
_pieces: list[NDArray[np.int16]] = []
_lock = threading.Lock()


def _collect(samples: Any, count: int, _events: Any) -> int:
    if count > 0:
        _pieces.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
    return 0


# The library keeps the pointer: it must live as long as the process.
_callback = _Callback(_collect)


@cache
def _espeak() -> Any:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate_hz = library.espeak_Initialize(SYNCHRONOUS, 0, ctypes.c_char_p(data), NO_EXIT)
    assert rate_hz == RATE_HZ, f"espeak-ng speaks at {rate_hz} Hz"
    library.espeak_SetSynthCallback(_callback)
    return library


def synthesise(
    text: str, rate: int = 160, voice: str = "en-us+f2", pitch: int = 45
) -> NDArray[np.int16]:
    """The text spoken: mono samples at 22,050 Hz, shape (n,). `rate` is words per minute, `pitch`
    0 to 100. The defaults are what pocketsphinx understands best."""
    with _lock:
        espeak = _espeak()
        assert espeak.espeak_SetVoiceByName(voice.encode()) == 0, f"no voice {voice}"
        for name, value in (("rate", rate), ("pitch", pitch), ("range", 50), ("gap", 0)):
            espeak.espeak_SetParameter(PARAMETERS[name], value, 0)
        _pieces.clear()
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
        return np.concatenate(_pieces) if _pieces else np.zeros(0, np.int16)


def resampled(samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    """The samples at 16 kHz, by cutting off their spectrum at 8 kHz; for rates above that."""
    count = len(samples) * SAMPLE_RATE_HZ // rate_hz
    spectrum = np.fft.rfft(samples.astype(np.float64))[: count // 2 + 1]
    wave = np.fft.irfft(spectrum, count) * (count / len(samples))
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
