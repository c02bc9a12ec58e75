"""Who reads the slides of a child: the host's recogniser, where there is one to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.desk import readers
from tests.support.recogniser import HashReader, serving, still
from videobatch.speech.host.asking import Asker, Asking
from videobatch.speech.host.client import SharedSlideReader
from videobatch.telemetry.phases import PhaseTable


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    return Asker(
        Asking(
            tmp_path / "s.sock",
            video=str,
            is_stopping=lambda: False,
            phases=PhaseTable().join(0),
            parallel=3,
        )
    )


def test_where_there_is_nobody_to_ask_the_process_reads_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = HashReader()
    monkeypatch.setattr(readers, "slide_reader", lambda: own)
    assert readers.reader_by(None)() is own


def test_the_recogniser_is_asked_for_what_the_process_would_read(
    tmp_path: Path, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = HashReader()
    monkeypatch.setattr(readers, "slide_reader", lambda: own)
    made = readers.reader_by(asker)()
    assert isinstance(made, SharedSlideReader)
    assert (made.name, made.model) == (own.name, own.model)
    with serving(tmp_path / "s.sock") as recogniser:
        assert made.read(still()) == own.read(still())
        assert recogniser.reading().stills == 1
        asker.close()


def test_where_nothing_reads_slides_nobody_is_asked(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "slide_reader", lambda: None)
    assert readers.reader_by(asker)() is None
