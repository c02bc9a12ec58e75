"""The socket of a host's recogniser: whose it is, who may reach it, what a dead one leaves."""

from __future__ import annotations

import socket
import stat
import threading
from pathlib import Path

import pytest

from tests.support.waiting import wait_for
from videobatch.errors import SettingsError
from videobatch.speech.host.asking import connect
from videobatch.speech.host.place import listening

SOON_S = 300.0


def never() -> bool:
    return False


def test_only_its_owner_reaches_it_and_it_goes_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "run" / "s.sock"
    with listening(path, never) as listener:
        assert listener is not None
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        connect(path, 1.0).close()
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        connect(path, 1.0)


def test_what_a_dead_one_left_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    (tmp_path / "s.sock.lock").touch()
    with pytest.raises(ConnectionRefusedError):
        connect(path, 1.0)
    with listening(path, never):
        connect(path, 1.0).close()


def test_a_second_one_stands_by_until_the_first_ends(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    ticks: list[int] = []
    ended, took_over, stop = (threading.Event() for _ in range(3))

    def second() -> None:
        with listening(path, stop.is_set, lambda: ticks.append(1)) as listener:
            assert listener is not None
            assert ended.is_set()
            took_over.set()

    with listening(path, never):
        other = threading.Thread(target=second)
        other.start()
        wait_for(lambda: ticks, SOON_S, "it stands by")
        connect(path, 1.0).close()
        ended.set()
    assert took_over.wait(SOON_S)
    other.join()


def test_one_that_stands_by_stops_when_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    is_told = [False]

    def tick() -> None:
        is_told[0] = True

    with listening(path, never), listening(path, lambda: is_told[0], tick) as second:
        assert second is None
        connect(path, 1.0).close()


def test_a_place_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "s.sock", tmp_path / ("long" * 60)):
        with (
            pytest.raises(SettingsError, match="no recogniser can be reached") as refused,
            listening(path, never),
        ):
            pass
        assert "VIDEOBATCH_SPEECH__SOCKET" in refused.value.hint
