"""One transcriber for what is wanted, and none that nobody asks for."""

from __future__ import annotations

import pytest

from tests.support.pipeline import StubTranscriber
from videobatch.errors import SettingsError
from videobatch.ports import Transcriber
from videobatch.speech.host.loaded import Loaded
from videobatch.speech.host.wire import Wanted

BASE, SMALL = Wanted("whisper", "base"), Wanted("whisper", "small")


def test_each_is_made_once_and_goes_when_it_is_idle() -> None:
    now_s = [0.0]
    made: list[Wanted] = []

    def make(wanted: Wanted) -> Transcriber:
        made.append(wanted)
        return StubTranscriber()

    loaded = Loaded(make, idle_s=60.0, clock=lambda: now_s[0])
    with loaded.use(BASE) as first, loaded.use(BASE) as second, loaded.use(SMALL):
        assert first is second
        now_s[0] = 100.0
        # None goes while it is used.
        loaded.drop_idle()
        with loaded.use(BASE) as third:
            assert third is first
    now_s[0] = 150.0
    loaded.drop_idle()
    with loaded.use(SMALL):
        pass
    assert made == [BASE, SMALL]
    now_s[0] = 205.0
    loaded.drop_idle()
    with loaded.use(SMALL), loaded.use(BASE):
        pass
    assert made == [BASE, SMALL, BASE]


def test_what_cannot_be_made_is_tried_anew() -> None:
    answers: list[Transcriber | None] = [None, StubTranscriber()]

    def make(wanted: Wanted) -> Transcriber:
        found = answers.pop(0)
        if found is None:
            raise SettingsError(f"no {wanted.model}")
        return found

    loaded = Loaded(make, idle_s=60.0)
    with pytest.raises(SettingsError, match="no base"), loaded.use(BASE):
        pass
    with loaded.use(BASE) as found:
        assert found.name == "stub"
