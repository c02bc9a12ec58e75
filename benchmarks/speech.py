"""Speech: the words, time and memory of each engine of this machine, beside plain faster-whisper.

    python -m benchmarks speech

Needs the corpus (python -m benchmarks.speech_corpus), and models in .videobatch/models (videobatch
models get base). Each engine hears a talk of known words in a process of its own, as the product
hears it: in segments ("whisper/60": of at most 60 s). The floor is a loop over faster-whisper's own
`transcribe` with the same model, 8 bit, one thread, beam 5, its voice detector and word times;
beside it its batched pipeline, eight windows at once ("batched/2": two). Then one long talk, the
spoken videos of the demonstration, the Mandarin recordings of the corpus (errors by character), and
a minute each of silence, hum, noise and synthetic music, in which nobody speaks.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.speech_corpus import (
    CHINESE,
    FOLDER,
    Sound,
    characters_of,
    demonstration,
    present,
    talk,
    words_of,
)
from config.settings import PROJECT_ROOT, load_settings
from videobatch.media.sound.pcm import Pcm
from videobatch.media.sound.silence import Segmenter
from videobatch.pipeline.words.phantoms import leave_out_phantoms
from videobatch.ports import Transcriber
from videobatch.records import SAMPLE_RATE_HZ, AudioSegment, Utterance
from videobatch.speech.engines import SpeechOptions, make_transcriber

TALK_S, LONG_S, QUICK_S = 442.0, 7200.0, 60.0
MOST_LOST, MOST_SILENT_CPU_S, MOST_RATIO = 5.0, 4.0, 1.05
MOST_DEMO_ERRORS = 0.02
PLAIN, BATCHED = "plain", "batched"
BATCH = 8
MODELS = ("base", "tiny.en", "small")
NOBODY = ("silence", "hum", "noise", "music")


def measure(effort: suite.Effort) -> list[Figure]:
    """Errors, speed and memory of each engine, the ratio to the floor, and what was lost."""
    if not present(FOLDER):
        raise AssertionError("the corpus is not there: python -m benchmarks.speech_corpus")
    models_dir = load_settings().speech.models_dir
    here = [name for name in MODELS if (models_dir / name / "model.bin").is_file()]
    seconds = QUICK_S if effort.quick else TALK_S
    figures: list[Figure] = []
    for name in here:
        figures += _beside_plain(models_dir, name, seconds)
    figures += _engine_figures("pocketsphinx", _heard("pocketsphinx", "", models_dir, seconds))
    for name in here:
        figures += _demonstration(models_dir, name)
        if not name.endswith(".en"):
            figures += _chinese(models_dir, name)
    for name in here[:1]:
        if not effort.quick:
            long = _heard("whisper", name, models_dir, LONG_S)
            figures.append(_lost(f"whisper {name}, 2 h", long))
        for sound in NOBODY:
            found = _heard("whisper", name, models_dir, 60.0, sound)
            note = f"whisper {name}, 60 s"
            figures.append(Figure(f"{sound}, words", found["words"], "", 0, note))
            figures.append(Figure(f"{sound}, CPU", found["cpu_s"], "s", MOST_SILENT_CPU_S, note))
    return figures


def _beside_plain(models_dir: Path, name: str, seconds: float) -> list[Figure]:
    ours = _heard("whisper", name, models_dir, seconds)
    plain = _heard(PLAIN, name, models_dir, seconds)
    ratio = ours["cpu_s"] / plain["cpu_s"]
    batched = _heard(BATCHED, name, models_dir, seconds)
    return [
        *_engine_figures(f"whisper {name}", ours),
        *_engine_figures(f"plain faster-whisper {name}", plain),
        *_engine_figures(f"batched faster-whisper {name}", batched),
        Figure(f"whisper {name}, CPU beside plain", ratio, "x", MOST_RATIO, "same process sizes"),
        Figure(f"whisper {name}, errors beside plain", ours["wer"], "", plain["wer"]),
        _lost(f"whisper {name}", ours),
    ]


def _demonstration(models_dir: Path, name: str) -> list[Figure]:
    found = _heard("whisper", name, models_dir, 0.0, "demonstration")
    note = f"{found['said']:.0f} words of synthetic speech"
    most = MOST_DEMO_ERRORS if name == "base" else None
    return [Figure(f"whisper {name}, demonstration, errors", found["wer"], "", most, note)]


def _chinese(models_dir: Path, name: str) -> list[Figure]:
    if not present(FOLDER, CHINESE):
        return []
    found = _heard("whisper", name, models_dir, 0.0, CHINESE)
    note = f"{found['said']:.0f} characters of Mandarin"
    return [Figure(f"whisper {name}, Chinese, character error rate", found["wer"], "", note=note)]


def _engine_figures(name: str, found: dict[str, float]) -> list[Figure]:
    note = f"{found['seconds']:.0f} s of sound, {found['said']:.0f} words"
    return [
        Figure(f"{name}, word error rate", found["wer"], "", note=note),
        Figure(f"{name}, real time factor", found["wall_s"] / found["seconds"], "", note=note),
        Figure(f"{name}, CPU", found["cpu_s"] / found["seconds"], "s per s", note=note),
        Figure(f"{name}, peak memory", found["peak_mb"], "MB", note=note),
    ]


def _lost(name: str, found: dict[str, float]) -> Figure:
    note = f"{found['seconds']:.0f} s, the longest run of lost words"
    return Figure(f"{name}, lost run", found["lost"], "words", MOST_LOST, note)


def _heard(
    engine: str, model: str, models_dir: Path, seconds: float, sound: str = "talk"
) -> dict[str, float]:
    """The findings of a process that hears it. Raises CalledProcessError."""
    asked = json.dumps([engine, model, str(models_dir), seconds, sound])
    command = [sys.executable, "-m", "benchmarks.speech", asked]
    # Threads of numpy's would wait for each other on our account.
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, cwd=PROJECT_ROOT, env=surroundings
    )
    found: dict[str, float] = json.loads(told.stdout)
    return found


def hear(engine: str, model: str, models_dir: str, seconds: float, sound: str) -> dict[str, float]:
    """Hears it in this process; loading is not counted."""
    samples, said = _sound(sound, seconds)
    listen = _listener(engine, model, Path(models_dir))
    cpu_s, wall_s = _cpu_s(), time.monotonic()
    text = listen(samples)
    cpu_s, wall_s = _cpu_s() - cpu_s, time.monotonic() - wall_s
    heard = (characters_of if sound == CHINESE else words_of)(text)
    steps = difflib.SequenceMatcher(None, said, heard, autojunk=False).get_opcodes()
    lost = max(
        (i2 - i1 - (j2 - j1) for kind, i1, i2, j1, j2 in steps if kind != "equal"), default=0
    )
    return {
        "seconds": len(samples) / SAMPLE_RATE_HZ,
        "said": len(said),
        "words": len(heard),
        "wer": word_errors(said, heard) / len(said) if said else math.nan,
        "lost": max(0, lost),
        "cpu_s": cpu_s,
        "wall_s": wall_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def _sound(kind: str, seconds: float) -> tuple[Sound, list[str]]:
    if kind == "talk":
        return talk(FOLDER, seconds)
    if kind == "demonstration":
        return demonstration()
    if kind == CHINESE:
        # Once each.
        return talk(FOLDER, 0.0, language=CHINESE)
    return nobody(kind, seconds), []


def _listener(engine: str, model: str, models_dir: Path) -> Callable[[Sound], str]:
    if engine == PLAIN:
        return _plain(models_dir / model)
    engine, _, most = engine.partition("/")
    if engine == BATCHED:
        return _batched(models_dir / model, int(most or BATCH))
    options = SpeechOptions(models_dir, device="cpu")
    made = make_transcriber(engine, model=model, options=options) if model else None
    transcriber: Transcriber = made or make_transcriber(engine)
    transcriber.transcribe(AudioSegment(0, 0.0, nobody("noise", 3.0)))

    def listen(samples: Sound) -> str:
        said: list[Utterance] = []
        for segment in segments(samples, float(most or transcriber.max_segment_s)):
            said += transcriber.transcribe(segment)
        return " ".join(each.text for each in leave_out_phantoms(said)[0])

    return listen


def _plain(folder: Path) -> Callable[[Sound], str]:
    from faster_whisper import WhisperModel

    model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def listen(samples: Sound) -> str:
        parts, _ = model.transcribe(
            samples.astype(np.float32) / 32768,
            beam_size=5,
            vad_filter=True,
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        return " ".join(part.text for part in parts)

    return listen


def _batched(folder: Path, windows: int) -> Callable[[Sound], str]:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    pipeline: Any = BatchedInferencePipeline(model)

    def listen(samples: Sound) -> str:
        sound = samples.astype(np.float32) / 32768
        parts, _ = pipeline.transcribe(sound, beam_size=5, batch_size=windows, word_timestamps=True)
        return " ".join(part.text for part in parts)

    return listen


def segments(samples: Sound, max_segment_s: float) -> Iterator[AudioSegment]:
    """The sound as the product cuts it."""
    cutter = Segmenter(max_segment_s, max_segment_s / 3)
    step = 5 * SAMPLE_RATE_HZ
    for begin in range(0, len(samples), step):
        yield from cutter.feed(Pcm(begin / SAMPLE_RATE_HZ, samples[begin : begin + step]))
    yield from cutter.finish()


def nobody(kind: str, seconds: float) -> Sound:
    """A sound in which nobody speaks."""
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    rng = np.random.default_rng(1)
    if kind == "silence":
        wave = np.zeros(len(times))
    elif kind == "hum":
        wave = 0.05 * np.sin(2 * np.pi * 50 * times) + 0.02 * np.sin(2 * np.pi * 100 * times)
    elif kind == "noise":
        wave = rng.normal(0, 0.05, len(times))
    else:
        # Four chords, each for half a second, each tone with overtones and an attack.
        wave = np.zeros(len(times))
        for number, root in enumerate((220.0, 174.6, 261.6, 196.0)):
            on = (times % 2 // 0.5) == number
            for tone in (1.0, 1.26, 1.5):
                for over in (1, 2, 3):
                    wave += on * 0.04 / over * np.sin(2 * np.pi * root * tone * over * times)
        wave *= np.exp(-3 * (times % 0.5))
    return (wave * 32767).astype(np.int16)


def word_errors(said: list[str], heard: list[str]) -> int:
    """The least number of words to change, add or leave out (Levenshtein's distance)."""
    names = {word: number for number, word in enumerate(dict.fromkeys([*said, *heard]))}
    target = np.array([names[word] for word in heard], dtype=np.int64)
    row = np.arange(len(heard) + 1)
    steps = np.arange(len(heard) + 1)
    for number, word in enumerate(said, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (target != names[word]))
        # What is added costs one each: the least of all that stand before it, by their distance.
        row = np.minimum.accumulate(np.concatenate(([number], best)) - steps) + steps
    return int(row[-1])


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].startswith("["):
        print(json.dumps(hear(*json.loads(sys.argv[1]))))
    else:
        suite.alone("speech", measure, __doc__)
