"""The recogniser of a host as its own process: asked, killed, followed by another one, ended."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.support.processes import Process
from videobatch.records import AudioSegment, SpeechReading
from videobatch.speech.host import wire
from videobatch.speech.host.asking import connect
from videobatch.speech.host.client import read_speech
from videobatch.speech.host.wire import Reply, Request, Speech, Wanted

pytestmark = [pytest.mark.real, pytest.mark.runs("celery_app.recogniser")]

SOON_S = 300.0
SILENCE = AudioSegment(0, 0.0, np.zeros(16_000, np.int16))


def ask(path: Path, wanted: Wanted) -> Reply:
    with contextlib.closing(connect(path, SOON_S)) as connection:
        wire.send(connection, Request(Speech(wanted), "b/v"), SILENCE.samples.tobytes())
        return wire.receive_reply(connection, lambda: None)


def reading(path: Path, process: Process) -> SpeechReading:
    found: list[SpeechReading] = []

    def answers() -> bool:
        told = read_speech(path)
        found.extend([told] if told else [])
        return told is not None and told.pid == process.pid

    process.wait_for(answers, SOON_S, "it answers")
    return found[-1]


def test_it_serves_until_it_is_told_and_its_next_one_takes_over(tmp_path: Path) -> None:
    path, healthy = tmp_path / "run" / "s.sock", tmp_path / "healthy"
    environment = {
        "VIDEOBATCH_SPEECH__SOCKET": str(path),
        "VIDEOBATCH_SPEECH__THREADS": "3",
        "VIDEOBATCH_HEALTH_FILE": str(healthy),
    }

    def started(name: str) -> Process:
        argv = ["-m", "celery_app.recogniser"]
        return Process.python(argv, tmp_path / f"{name}.log", environment)

    first = started("first")
    second = first
    try:
        assert reading(path, first).threads == 3
        assert healthy.exists()
        silent = ask(path, Wanted("pocketsphinx", "en-us"))
        assert (silent.utterances, silent.failure) == ((), None)
        refused = ask(path, Wanted("horn", "brass")).failure
        assert refused is not None
        assert (refused.kind, refused.message) == ("settings", "there is no speech engine 'horn'")
        second = started("second")
        second.wait_for_line("stands by", SOON_S)
        first.kill()
        assert reading(path, second).sound_s == 0.0
        second.signal(signal.SIGTERM)
        second.wait_for(lambda: not second.is_alive(), SOON_S, "it ends")
        assert second.returncode == 0
        assert not path.exists()
    finally:
        first.stop()
        second.stop()


def test_without_a_socket_it_says_what_is_missing(tmp_path: Path) -> None:
    environment = {"VIDEOBATCH_SPEECH__SOCKET": ""}
    process = Process.python(["-m", "celery_app.recogniser"], tmp_path / "log", environment)
    process.wait_for(lambda: not process.is_alive(), SOON_S, "it ends")
    assert process.returncode == 1
    assert "VIDEOBATCH_SPEECH__SOCKET is not set" in process.log()
