"""Displays of a followed batch: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from cli.watch.follower import BatchLook, Display
from cli.watch.progress import fraction, speed, time_left
from cli.watch.words import WIDEST_NAME, clock, outcome, shorten, summary
from videobatch.paths import display
from videobatch.records import VideoState
from videobatch.state.views import VideoView

PLAIN_EVERY_S = 10.0
# More videos than this that are done between two looks are told as a number.
MOST_DONE_LINES = 50
_MARKS = {
    VideoState.DONE: ("✓", "green"),
    VideoState.PARTIAL: ("◐", "yellow"),
    VideoState.FAILED: ("✗", "red"),
    VideoState.DEAD: ("✗", "red"),
    VideoState.CANCELLED: ("–", "dim"),
}
_ASCII = str.maketrans({"✓": "+", "◐": "~", "✗": "x", "–": "-", "…": "~", "━": "=", "·": "."})
_AWAY = "Redis does not answer, waiting for it; the batch goes on when it is back"

Piece = tuple[str, str]


def display_for(console: Console) -> Display:
    """Bars where they can be drawn, else lines: in files, pipes and on dumb terminals."""
    return BarsDisplay(console) if console.is_interactive else LinesDisplay(console)


class _Screen:
    """A console whose lines hold nothing that acts: no markup, no control characters, nothing
    that its encoding lacks."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._is_unicode = console.encoding.startswith("utf")

    @property
    def width(self) -> int:
        return max(1, self.console.width)

    def line(self, *pieces: Piece) -> Text:
        """Texts and their styles, one after another."""
        return Text.assemble(*((self._shown(text), style) for text, style in pieces))

    def fitted(self, *pieces: Piece) -> Text:
        """A line that is no wider than the screen."""
        line = self.line(*pieces)
        line.truncate(self.width, overflow="ellipsis" if self._is_unicode else "crop")
        return line

    def say(self, lines: Sequence[Text]) -> None:
        """Prints lines of any length, all at once; the terminal wraps them."""
        if lines:
            self.console.print(Text("\n").join(lines), soft_wrap=True)

    def bar(self, share: float, cells: int) -> list[Piece]:
        """A bar of so many cells."""
        full = round(max(0.0, min(1.0, share)) * cells)
        has_colour = self.console.color_system is not None and not self.console.no_color
        return [("━" * full, "green"), (("━" if has_colour else "·") * (cells - full), "dim")]

    def _shown(self, text: str) -> str:
        safe = display(text)
        if self._is_unicode:
            return safe
        encoding = self.console.encoding
        return safe.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)


class BarsDisplay:
    """One bar for the batch and one for each running video; finished ones scroll above."""

    def __init__(self, console: Console) -> None:
        self._screen = _Screen(console)
        # Drawn by us alone: the first time when there is something to see, and then at changes.
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._shown: list[Text] = []
        self._batch_rows: list[Text] = []

    def show(self, look: BatchLook) -> None:
        """Prints what ended, and draws the bars anew."""
        self._screen.say(self._ended(look.finished))
        self._batch_rows = self._batch(look)
        self._draw([*self._batch_rows, *self._videos(look.running, look.now_s)])

    def away(self, away_s: float) -> None:
        """A line below the batch, in place of videos of which nothing is known now."""
        waited = self._screen.fitted((f"  {_AWAY} ({clock(away_s)})", "red"))
        self._draw([*self._batch_rows, waited])

    def close(self) -> None:
        """Removes the bars. Safe to repeat."""
        self._live.stop()

    def _draw(self, rows: list[Text]) -> None:
        if not self._live.is_started:
            self._live.start()
        if rows != self._shown:
            self._shown = rows
            self._live.update(Group(*rows), refresh=True)

    def _ended(self, finished: Sequence[VideoView]) -> list[Text]:
        done = [video for video in finished if video.state is VideoState.DONE]
        told = finished
        if len(done) > MOST_DONE_LINES:
            told = [video for video in finished if video.state is not VideoState.DONE]
        lines = [self._end(video) for video in told]
        if told is not finished:
            lines.append(self._screen.line(("✓ ", "green"), (f"{len(done)} videos are done", "")))
        return lines

    def _end(self, video: VideoView) -> Text:
        mark, style = _MARKS.get(video.state, ("–", "dim"))
        name = shorten(video.name) if video.state is VideoState.DONE else video.name
        return self._screen.line((f"{mark} ", style), (f"{name}  ", ""), (outcome(video), "dim"))

    def _batch(self, look: BatchLook) -> list[Text]:
        batch, screen = look.batch, self._screen
        ended = batch.total - batch.open_videos + sum(fraction(v) for v in look.running)
        share = ended / batch.total if batch.total else 0.0
        cells = 30 if screen.width >= 120 else 20 if screen.width >= 40 else 0
        name = shorten(batch.name, max(8, min(WIDEST_NAME, screen.width - cells - 2)))
        head: list[Piece] = [(name, "bold"), ("  ", ""), *screen.bar(share, cells)]
        if screen.width >= 120:
            return [screen.fitted(*head, (f"  {summary(look)}", ""))]
        return [screen.fitted(*head), screen.fitted((f"  {summary(look)}", ""))]

    def _videos(self, running: Sequence[VideoView], now_s: float) -> list[Text]:
        """The rows that the screen has room for, below the batch and above the cursor."""
        room = max(1, self._screen.console.height - len(self._batch_rows) - 2)
        rows = [self._video(video, now_s) for video in running[:room]]
        if len(running) > room:
            more = len(running) - room
            rows.append(self._screen.fitted((f"  and {more} more are running", "dim")))
        return rows

    def _video(self, video: VideoView, now_s: float) -> Text:
        done, pace = fraction(video), speed(video, now_s)
        width = self._screen.width
        columns: list[Piece] = [(f" {video.stage or 'start':<10}", "cyan")]
        if width >= 80:
            columns += [(" ", ""), *self._screen.bar(done, 16)]
        columns.append((f" {done:4.0%}", ""))
        if width >= 80:
            columns.append((f"{f'{pace:.1f}x' if pace else '':>8}", "dim"))
        if width >= 50:
            columns.append((f"{clock(time_left(video, now_s)):>8} left", "dim"))
        room = min(WIDEST_NAME, width - 2 - sum(cell_len(text) for text, _ in columns))
        name = set_cell_size(shorten(display(video.name), max(4, room)), max(4, room))
        return self._screen.fitted((f"  {name}", ""), *columns)


class LinesDisplay:
    """A line for each finished video, and every ten seconds one for the batch and each running
    video."""

    def __init__(self, console: Console) -> None:
        self._screen = _Screen(console)
        self._said_at_s: float | None = None
        self._is_away = False

    def show(self, look: BatchLook) -> None:
        """Prints what is new."""
        lines = ["Redis is back"] if self._is_away else []
        self._is_away = False
        lines += [f"{v.state.value}: {v.name}: {outcome(v)}" for v in look.finished]
        if self._take_turn(look):
            lines += self._batch(look)
        self._say(lines)

    def away(self, away_s: float) -> None:
        """One line for an absence, however long."""
        if not self._is_away:
            self._is_away = True
            self._say([_AWAY])

    def close(self) -> None:
        """Nothing to undo."""

    def _take_turn(self, look: BatchLook) -> bool:
        """Takes the turn of the batch's lines where it has come, and says so: at the end, and every
        ten seconds of Redis' clock, which may also be set back."""
        if self._said_at_s is None:
            self._said_at_s = look.now_s
        is_due = not 0 <= look.now_s - self._said_at_s < PLAIN_EVERY_S
        if is_due or look.batch.open_videos == 0:
            self._said_at_s = look.now_s
            return True
        return False

    def _batch(self, look: BatchLook) -> Iterable[str]:
        yield f"{look.batch.name}: {summary(look)}"
        for video in look.running:
            yield f"  {video.name}: {video.stage or 'start'} {fraction(video):.0%}"

    def _say(self, lines: Iterable[str]) -> None:
        self._screen.say([self._screen.line((line, "")) for line in lines])


class SilentDisplay:
    """Shows nothing: for `--json`, which prints one answer at the end."""

    def show(self, look: BatchLook) -> None:
        """Nothing to show."""

    def away(self, away_s: float) -> None:
        """Nothing to show."""

    def close(self) -> None:
        """Nothing to undo."""
