"""What reaches a terminal: plain text that fits, whatever the names and messages hold."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from cli.watch import displays
from cli.watch.displays import (
    MOST_DONE_LINES,
    BarsDisplay,
    LinesDisplay,
    SilentDisplay,
    display_for,
)
from cli.watch.follower import Display
from tests.support.looks import HOSTILE, HOSTILE_ERROR, NOW_S, batch, look, running, video
from videobatch.records import VideoState

# What Rich itself writes to draw: colours, cursor up, erase line, cursor off and on, return.
DRAWING = re.compile(r"\x1b\[(?:[0-9;]*m|\d*A|\d*K|\?25[lh])|\r")


class Screen:
    """A console that keeps what was written to it."""

    def __init__(
        self, width: int = 80, height: int = 24, encoding: str = "utf-8", **options: Any
    ) -> None:
        self.raw = io.BytesIO()
        file = io.TextIOWrapper(self.raw, encoding=encoding, write_through=True, newline="")
        options.setdefault("force_terminal", True)
        self.console = Console(
            file=file, width=width, height=height, highlight=False, _environ={}, **options
        )
        self._encoding = encoding

    @property
    def written(self) -> str:
        return self.raw.getvalue().decode(self._encoding)

    @property
    def text(self) -> str:
        return DRAWING.sub("", self.written)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def clear(self) -> None:
        self.raw.seek(0)
        self.raw.truncate()


def bars(**options: Any) -> tuple[Screen, BarsDisplay]:
    screen = Screen(**options)
    return screen, BarsDisplay(screen.console)


def lines(**options: Any) -> tuple[Screen, LinesDisplay]:
    screen = Screen(force_terminal=False, **options)
    return screen, LinesDisplay(screen.console)


MAKERS: list[Callable[..., tuple[Screen, Display]]] = [bars, lines]


def many(count: int, state: VideoState) -> list[Any]:
    return [video(f"week {n}/lecture {n}.mp4", state) for n in range(count)]


# Safety.


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("options", [{}, {"encoding": "ascii"}, {"no_color": True}, {"width": 40}])
def test_nothing_acts_on_the_terminal(
    make: Callable[..., tuple[Screen, Display]], options: dict[str, Any]
) -> None:
    screen, display = make(**options)
    seen = look(
        batch({"failed": 1, "running": 1}, name=HOSTILE),
        [running(HOSTILE, stage=HOSTILE)],
        [
            video(HOSTILE, VideoState.FAILED, error=HOSTILE_ERROR),
            video(HOSTILE, VideoState.PARTIAL),
        ],
    )
    display.show(seen)
    display.away(3.0)
    display.show(look(batch({"failed": 2}, name=HOSTILE)))
    display.close()
    left = screen.text.replace("\n", "").replace("\ufffd", "")
    assert left.isprintable(), left
    assert "[bold]x[/bold]:smile:" in screen.text
    assert "evil\\x1b[2J" in screen.text


@pytest.mark.parametrize("make", MAKERS)
def test_a_terminal_without_unicode_gets_what_it_can_show(
    make: Callable[..., tuple[Screen, Display]],
) -> None:
    screen, display = make(encoding="ascii", width=60)
    names = ["影片" * 40, "Größe.mp4"]
    display.show(
        look(
            batch({"done": 2, "running": 2}, name="Vorträge"),
            [running(name) for name in names],
            [video(name, VideoState.DONE) for name in names],
        )
    )
    display.close()
    assert "Gr\\xf6\\xdfe.mp4" in screen.text


def test_a_video_of_no_final_state_has_a_mark_too() -> None:
    screen, display = bars()
    display.show(look(batch({"pending": 1}), finished=[video(state=VideoState.PENDING)]))
    display.close()
    assert "a.mp4  pending" in screen.text


# Bars.


@pytest.mark.parametrize("width", [1, 8, 20, 40, 50, 79, 80, 119, 120, 200])
@pytest.mark.parametrize("soft_wrap", [False, True])
def test_every_row_fits(width: int, soft_wrap: bool) -> None:
    screen, display = bars(width=width, soft_wrap=soft_wrap)
    videos = [running(name) for name in ["影片" * 60, "x" * 300, "a.mp4"]]
    display.show(look(batch({"done": 10_000, "running": 3}, name="N" * 90), videos, eta_s=4e5))
    widths = [cell_len(line) for line in screen.lines]
    assert max(widths) <= width
    assert len(screen.lines) == 3 + (1 if width >= 120 else 2)
    display.close()


def test_a_narrow_terminal_shows_what_matters() -> None:
    screen, display = bars(width=40)
    seen = look(batch({"done": 5, "pending": 4, "running": 1}), [running()], eta_s=61)
    display.show(seen)
    top, below, row = screen.lines
    assert top.startswith("lectures  ━")
    assert below.startswith("  5/10  about 1:01 left")
    assert re.fullmatch(r"  a\.mp4 +transcribe +55%", row)
    display.close()


def test_a_wide_terminal_shows_all() -> None:
    screen, display = bars(width=120)
    display.show(look(batch({"done": 5, "running": 1}), [running()], eta_s=61))
    top, row = screen.lines
    assert "5/6  about 1:01 left" in top
    assert re.fullmatch(r"  a\.mp4 +transcribe ━+  55%    5\.0x +\d:\d\d left", row)
    display.close()


def test_more_videos_than_rows() -> None:
    screen, display = bars(height=10)
    display.show(look(batch({"running": 64}), [running(str(n)) for n in range(64)]))
    assert len(screen.lines) <= 9
    assert screen.lines[-1].strip() == "and 58 more are running"
    display.close()


def test_no_videos_at_all() -> None:
    screen, display = bars()
    display.show(look(batch({})))
    assert screen.lines[0].startswith("lectures")
    display.close()
    display.close()


def test_what_did_not_change_is_not_drawn_again() -> None:
    screen, display = bars()
    seen = look(batch({"running": 1}), [running()])
    display.show(seen)
    screen.clear()
    display.show(seen)
    assert screen.written == ""
    display.show(look(batch({"running": 1}), [running(share=0.6)]))
    assert "a.mp4" in screen.text
    assert screen.written.count("\x1b[2K") == 3
    display.close()


def test_nothing_is_drawn_before_the_first_look_and_nothing_stays_after_the_last() -> None:
    screen, display = bars()
    display.close()
    assert screen.written == ""
    display.show(look(batch({"running": 1}), [running()]))
    assert screen.written.count("\x1b[?25l") == 1
    screen.clear()
    display.close()
    assert "\x1b[?25h" in screen.written
    # Three rows were drawn, and three are removed.
    assert screen.written.endswith("\x1b[1A\x1b[2K" * 3)


def test_ended_videos_scroll_above() -> None:
    screen, display = bars()
    display.show(
        look(
            batch({"done": 1, "failed": 1}),
            finished=[
                video("good.mp4", VideoState.DONE),
                video("b" * 60 + ".mp4", VideoState.FAILED),
            ],
        )
    )
    assert screen.lines[:2] == [
        "✓ good.mp4  5:00 in 0:40",
        f"✗ {'b' * 60}.mp4  the file is damaged; copy it again",
    ]
    display.close()


def test_a_flood_of_done_videos_is_a_number_but_each_failure_is_named() -> None:
    screen, display = bars()
    finished = [
        *many(MOST_DONE_LINES + 1, VideoState.DONE),
        video("bad.mp4", VideoState.FAILED),
        video("half.mp4", VideoState.PARTIAL),
    ]
    display.show(look(batch({"done": 51, "failed": 1, "partial": 1}), finished=finished))
    assert [line.split("  ")[0] for line in screen.lines[:3]] == [
        "✗ bad.mp4",
        "◐ half.mp4",
        f"✓ {MOST_DONE_LINES + 1} videos are done",
    ]
    display.close()


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("state", [VideoState.DONE, VideoState.FAILED])
def test_five_thousand_at_once(
    make: Callable[..., tuple[Screen, Display]], state: VideoState
) -> None:
    screen, display = make()
    started_s = time.process_time()
    display.show(look(batch({state.value: 5000}), finished=many(5000, state)))
    assert time.process_time() - started_s < 5
    display.close()
    if state is VideoState.FAILED:
        assert screen.text.count("the file is damaged; copy it again") == 5000


def test_an_absence_is_one_row_that_goes_away() -> None:
    screen, display = bars(width=100)
    display.show(look(batch({"running": 1}), [running()]))
    screen.clear()
    display.away(65)
    assert screen.lines[-1].endswith("(1:05)")
    assert "Redis does not answer" in screen.lines[-1]
    assert "a.mp4" not in screen.text
    screen.clear()
    display.show(look(batch({"running": 1}), [running()]))
    assert "a.mp4" in screen.text
    assert "Redis" not in screen.text
    display.close()


def test_an_absence_before_the_first_look() -> None:
    screen, display = bars(width=40)
    display.away(5)
    display.close()
    assert "Redis does not answer" in screen.text


# Lines.


def test_a_line_for_each_end_and_the_batch_now_and_then() -> None:
    screen, display = lines()
    for second in range(25):
        finished = [video("a.mp4", VideoState.DONE)] if second == 3 else []
        seen = look(batch({"done": 1, "running": 1}), [running("b.mp4")], finished, NOW_S + second)
        display.show(seen)
    assert screen.written.splitlines() == [
        "done: a.mp4: 5:00 in 0:40",
        *["lectures: 1/2  …  1 done  1 running", "  b.mp4: transcribe 55%"] * 2,
    ]


def test_the_end_is_always_told() -> None:
    screen, display = lines()
    display.show(look(batch({"failed": 1}), finished=[video("x" * 90, VideoState.FAILED)]))
    display.close()
    assert screen.written.splitlines() == [
        f"failed: {'x' * 90}: the file is damaged; copy it again",
        "lectures: 1/1  1 failed",
    ]


def test_a_clock_that_is_set_back_silences_nothing() -> None:
    screen, display = lines()
    for now_s in (0, 5, -3600, -3595, -3589):
        display.show(look(batch({"running": 1}), now_s=NOW_S + now_s))
    assert len(screen.lines) == 2


def test_an_absence_is_told_once() -> None:
    screen, display = lines()
    for _ in range(2):
        for away_s in range(5):
            display.away(float(away_s))
        display.show(look(batch({"running": 1})))
    assert screen.lines == [displays._AWAY, "Redis is back"] * 2


# The choice.


def test_bars_only_where_they_can_be_drawn() -> None:
    assert isinstance(display_for(Screen().console), BarsDisplay)
    assert isinstance(display_for(Screen(force_terminal=False).console), LinesDisplay)
    dumb = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    assert isinstance(display_for(dumb), LinesDisplay)


def test_silence() -> None:
    display = SilentDisplay()
    display.show(look(batch({})))
    display.away(1)
    display.close()
