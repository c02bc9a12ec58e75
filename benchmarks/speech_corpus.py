"""The corpus of the speech benchmark: public recordings with known words.

    python -m benchmarks.speech_corpus [FOLDER]

fetches what benchmarks/speech_corpus.toml lists into the folder (build/benchmarks/speech unless one
is named), verifies each file by its SHA-256, and says what it could not fetch. Files that are there
stay. One may put files of the same names there by hand: they are verified alike.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import av
import httpx
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from benchmarks.suite import SAMPLES
from cli.demo.scripts import load_talks
from cli.demo.videos import make_video
from videobatch.records import SAMPLE_RATE_HZ

LIST = Path(__file__).with_name("speech_corpus.toml")
FOLDER = SAMPLES / "speech"
DEMONSTRATION = SAMPLES / "demonstration"
HOST = "https://raw.githubusercontent.com"
ENGLISH, CHINESE = "en", "zh"
PATIENCE_S = 30.0
# Pauses between two recordings, s, and the level of their noise (of 32,768).
PAUSES_S = (0.2, 0.5, 0.8, 1.5, 3.0)
NOISE = 8.0

Sound = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of the corpus: where it is from, and what is said in it."""

    repository: str
    revision: str
    path: str
    sha256: str
    words: str
    language: str = ENGLISH

    @property
    def name(self) -> str:
        return f"{self.repository.partition('/')[2]}-{self.path.rpartition('/')[2]}"

    @property
    def address(self) -> str:
        return f"{HOST}/{self.repository}/{self.revision}/{self.path}"


def recordings() -> tuple[Recording, ...]:
    """All that the list names."""
    table = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return tuple(Recording(**each) for each in table["recording"])


def lay_out(folder: Path) -> list[str]:
    """Fetches what is missing; what could not be had, with the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    troubles: list[str] = []
    with httpx.Client(timeout=PATIENCE_S, follow_redirects=True) as client:
        for each in recordings():
            path = folder / each.name
            if _is_it(path, each):
                continue
            try:
                answer = client.get(each.address).raise_for_status()
            except httpx.HTTPError as error:
                troubles.append(f"{each.name}: {error}")
                continue
            if hashlib.sha256(answer.content).hexdigest() != each.sha256:
                troubles.append(f"{each.name}: {each.address} has other content by now")
                continue
            path.write_bytes(answer.content)
    return troubles


def _is_it(path: Path, recording: Recording) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == recording.sha256


def present(folder: Path, language: str = ENGLISH) -> list[Recording]:
    """The recordings in the language that are in the folder, verified."""
    return [
        each
        for each in recordings()
        if each.language == language and _is_it(folder / each.name, each)
    ]


def talk(
    folder: Path, seconds: float, seed: int = 0, language: str = ENGLISH
) -> tuple[Sound, list[str]]:
    """A sound of about that length (0: each once) of all recordings in the language, in a shuffled
    order, again and again, with pauses between them; and its words, or characters of Chinese."""
    parts_of = characters_of if language == CHINESE else words_of
    clips = [
        (samples_of(folder / each.name), parts_of(each.words)) for each in present(folder, language)
    ]
    rng = np.random.default_rng(seed)
    pieces: list[Sound] = []
    words: list[str] = []
    while not pieces or sum(map(len, pieces)) < seconds * SAMPLE_RATE_HZ:
        for place in rng.permutation(len(clips)):
            pause = rng.normal(0, NOISE, int(SAMPLE_RATE_HZ * rng.choice(PAUSES_S)))
            pieces += [clips[place][0], pause.astype(np.int16)]
            words += clips[place][1]
            if 0 < seconds * SAMPLE_RATE_HZ <= sum(map(len, pieces)):
                break
    return np.concatenate(pieces), words


def samples_of(path: Path) -> Sound:
    """The sound of a file, 16 kHz mono."""
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(str(path)) as file:
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: lower case, no punctuation, no titles."""
    plain = text.lower().replace("mr.", "mister").replace("’", "'").replace("-", " ")
    return re.findall(r"[a-z']+|\d+", plain)


def characters_of(text: str) -> list[str]:
    """The characters of a Chinese text as they are compared: no punctuation, no spaces."""
    return [letter for letter in text.lower() if letter.isalnum()]


def demonstration() -> tuple[Sound, list[str]]:
    """The sound of the demonstration's videos that have no subtitles, and its words."""
    talks = [each for each in load_talks() if not each.subtitles]
    sounds = [samples_of(make_video(each, DEMONSTRATION)) for each in talks]
    words = " ".join(text for each in talks for slide in each.slides for text in slide.speech)
    return np.concatenate(sounds), words_of(words)


def main(folder: Path) -> int:
    """Lays the corpus out. Exit code 1 where something is missing."""
    troubles = lay_out(folder)
    found = present(folder)
    mandarin = present(folder, CHINESE)
    words = sum(len(words_of(each.words)) for each in found)
    characters = sum(len(characters_of(each.words)) for each in mandarin)
    print(
        f"{len(found) + len(mandarin)} of {len(recordings())} recordings, {words} words, "
        f"{characters} Chinese characters, in {folder}"
    )
    for each in troubles:
        print(f"not fetched: {each}", file=sys.stderr)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
