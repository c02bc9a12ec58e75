"""Text for documents: anything that came out of a media file is made harmless here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

MOST_CHARS = 2_000
# Invisible, but words of some scripts and joined emoji need them.
JOINERS = frozenset("\u200c\u200d")
# What CommonMark, GitHub or Obsidian (tags, ==marks==, %%comments%%, $math$, ^blocks) act upon.
ACTIVE = re.compile(r"([\\`*_\[\]<>#|~$=%&@^{}])")
LINE_START = re.compile(r"^([-+]|\d{1,9}(?=[.)])|:)")
TICKS = re.compile(r"`+")
AUTOLINK = re.compile(r"(?i)\b(www)\.|([a-z][a-z0-9+.-]*):(?=//)|(mailto|xmpp|javascript|data):")


def plain(text: str, most_chars: int = MOST_CHARS) -> str:
    """The text on one line: no control, direction or other invisible characters, no lone
    surrogates, runs of white space made one space, cut with an ellipsis at `most_chars`."""
    kept = "".join(_visible(char) for char in text[: most_chars * 4])
    line = " ".join(kept.split())
    return line if len(line) <= most_chars else line[: most_chars - 1].rstrip() + "…"


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category == "Cs":
        return "\ufffd"
    if category in ("Cf", "Co", "Cn") and char not in JOINERS:
        return ""
    return char


def escape(text: str, most_chars: int = MOST_CHARS) -> str:
    """The text as it reads, on one line, where Markdown sees nothing but text: no HTML, links,
    images, headings, lists, tables, tags, mathematics or wiki links, in CommonMark, on GitHub and
    in Obsidian."""
    return at_line_start(escape_within(plain(text, most_chars)))


def escape_within(line: str) -> str:
    """A part of a plain line, which begins none: escaped, with the spaces at its ends."""
    return AUTOLINK.sub(_disarmed, ACTIVE.sub(r"\\\1", line))


def at_line_start(escaped: str) -> str:
    """Escaped text that begins a line."""
    return LINE_START.sub(_at_line_start, escaped)


def _disarmed(match: re.Match[str]) -> str:
    www, scheme, bare = match.groups()
    return f"{www}\\." if www else f"{scheme or bare}\\:"


def _at_line_start(match: re.Match[str]) -> str:
    found = match.group(1)
    # A backslash does nothing before a digit: it goes before the dot that follows the number.
    return f"{found}\\" if found[0].isdigit() else f"\\{found}"


def code_line(text: str, most_chars: int = MOST_CHARS) -> str:
    """A line of a program with its spaces, tabs as four: nothing that is invisible, cut as `plain`
    does."""
    kept = "".join(_visible(char) for char in text[: most_chars * 4].expandtabs(4)).rstrip()
    return kept if len(kept) <= most_chars else kept[: most_chars - 1].rstrip() + "…"


def fence(lines: Sequence[str], language: str = "") -> list[str]:
    """The lines of a program between fences that none of them can end. The language must be one
    that starts nothing where the document is read."""
    ticks = max((len(run) for line in lines for run in TICKS.findall(line)), default=0)
    marks = "`" * max(3, ticks + 1)
    return [f"{marks}{language}", *lines, marks]


def stamp(at_s: float) -> str:
    """A time as `MM:SS`, from an hour on as `HH:MM:SS`."""
    seconds = max(0, int(at_s))
    hours, minutes = divmod(seconds // 60, 60)
    clock = f"{minutes:02d}:{seconds % 60:02d}"
    return f"{hours:02d}:{clock}" if hours else clock


def bullets(items: Sequence[str]) -> str:
    """The texts, each one Markdown, as a list; "" for none."""
    return "\n".join(f"- {item}" for item in items)


def image(label: str, name: str, folder: str = "keyframes") -> str:
    """A keyframe as a Markdown image, with the text in its place, which is escaped already."""
    return f"![{label}]({folder}/{quote(name, safe='')})"
