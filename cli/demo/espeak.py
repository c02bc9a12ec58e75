"""One text spoken by espeak-ng, in a process of its own: raw samples go to standard output.

    python -m cli.demo.espeak '["text", words_per_minute, "voice", pitch]'

It imports nothing heavy, because each sentence starts it anew.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

import espeakng_loader

RATE_HZ = 22_050

# From espeak-ng's speak_lib.h.
SYNCHRONOUS, NO_EXIT, UTF8, POSITION_CHARACTER = 2, 0x8000, 1, 1
PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4, "gap": 7}

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_pieces: list[bytes] = []


def _collect(samples: int, count: int, _events: Any) -> int:
    if count > 0:
        _pieces.append(ctypes.string_at(samples, 2 * count))
    return 0


# The library keeps the pointer: it must live as long as the process.
_callback = _Callback(_collect)


def speak(text: str, rate: int, voice: str, pitch: int) -> bytes:
    """The text's samples: 16 bits each, mono, 22,050 Hz, the machine's byte order."""
    espeak = _espeak()
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise SystemExit(f"espeak-ng has no voice {voice}")
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
    return b"".join(_pieces)


def _espeak() -> Any:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate_hz = library.espeak_Initialize(SYNCHRONOUS, 0, ctypes.c_char_p(data), NO_EXIT)
    if rate_hz != RATE_HZ:
        raise SystemExit(f"espeak-ng speaks at {rate_hz} Hz")
    library.espeak_SetSynthCallback(_callback)
    # Breath is noise from a generator seeded by the clock: equal texts shall sound equal.
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    return library


if __name__ == "__main__":
    sys.stdout.buffer.write(speak(*json.loads(sys.argv[1])))
