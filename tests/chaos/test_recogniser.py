"""The host's recogniser killed again and again under many videos: every segment and every still is
answered."""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.support.processes import Process
from tests.support.recogniser import HashReader, HashTranscriber, segment, still
from videobatch.records import Page, Utterance
from videobatch.speech.host.asking import Asker, Asking
from videobatch.speech.host.client import SharedSlideReader, SharedTranscriber
from videobatch.speech.host.wire import Wanted
from videobatch.telemetry.phases import PhaseTable

pytestmark = pytest.mark.real

KILLS = 20
VIDEOS, PARALLEL = 4, 2
SOON_S = 300.0


def test_nothing_is_lost_and_each_has_its_words_or_lines(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.sock"
    argv = ("-m", "tests.support.recogniser", str(path), "2")
    heard: dict[str, list[tuple[Utterance, ...]]] = defaultdict(list)
    seen: dict[str, list[Page]] = defaultdict(list)
    is_over = threading.Event()

    def work(video: str) -> None:
        """Segments and stills in turn, until the killing is over; each is kept once."""
        asking = Asking(path, lambda: video, lambda: False, PhaseTable().join(0), PARALLEL)
        wanted = Wanted("hash", "sha-256", "en")
        with closing(Asker(asking)) as asker, ThreadPoolExecutor(PARALLEL) as threads:
            made = SharedTranscriber(HashTranscriber("en"), wanted, asker)
            reader = SharedSlideReader(HashReader(), asker)
            first = 0
            while not is_over.is_set():
                parts = [segment(first + n, seconds=5.0) for n in range(PARALLEL)]
                heard[video] += threads.map(made.transcribe, parts)
                seen[video] += threads.map(reader.read, [still(first), still(first + 1)])
                first += PARALLEL

    def works(least: int) -> bool:
        return sum(map(len, heard.values())) > least or any(each.done() for each in out)

    out: list[Future[None]] = []
    videos = [f"b/v{number}" for number in range(VIDEOS)]
    process = Process.python(argv, tmp_path / "recogniser.log")
    try:
        with ThreadPoolExecutor(VIDEOS) as threads:
            out += [threads.submit(work, video) for video in videos]
            try:
                for _ in range(KILLS):
                    so_far = sum(map(len, heard.values()))
                    process.wait_for(partial(works, so_far + VIDEOS), SOON_S, "it works")
                    process.kill()
                    process = Process.python(argv, tmp_path / "recogniser.log")
            finally:
                is_over.set()
            for each in out:
                each.result(SOON_S)
    finally:
        process.stop()
    expected = HashTranscriber("en").transcribe
    assert sorted(heard) == videos
    for video in videos:
        assert heard[video] == [expected(segment(n, 5.0)) for n in range(len(heard[video]))]
        assert len(seen[video]) == len(heard[video])
        assert seen[video] == [HashReader().read(still(n)) for n in range(len(seen[video]))]
