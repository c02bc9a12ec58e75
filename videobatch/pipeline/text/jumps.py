"""Times of a video as links into it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from videobatch.paths import from_uri
from videobatch.pipeline.text.markdown import stamp

# Obsidian ends a link's file, or its text, at these.
_ENDS_A_LINK = re.compile(r"[\[\]|#^\\]")


class LinkStyle(StrEnum):
    """The form of a time in a document: a link of Markdown, one of Obsidian's, or text."""

    RELATIVE = "relative"
    OBSIDIAN = "obsidian"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Jumps:
    """The way from a document to a second of its video. `target` is the video's address from
    there, percent-encoded; "" leaves times as text."""

    target: str = ""
    style: LinkStyle = LinkStyle.RELATIVE

    def at(self, at_s: float) -> str:
        """The time as Markdown: `[01:15](../a.mp4#t=75)`, a media fragment (W3C, Media Fragments
        URI 1.0), or `[[a.mp4#t=75|01:15]]`, by the file's name alone, as Obsidian finds it."""
        text, second = stamp(at_s), max(0, int(at_s))
        if not self.target or self.style is LinkStyle.NONE:
            return text
        name = PurePosixPath(unquote(self.target)).name
        is_sound = name.isprintable() and "\ufffd" not in name and not _ENDS_A_LINK.search(name)
        if self.style is LinkStyle.OBSIDIAN and is_sound:
            return f"[[{name}#t={second}|{text}]]"
        return f"[{text}]({self.target}#t={second})"

    def link(self, markdown: str, at_s: float) -> str:
        """Makes a link to that second of any Markdown, such as a still."""
        if not self.target or self.style is LinkStyle.NONE:
            return markdown
        return f"[{markdown}]({self.target}#t={max(0, int(at_s))})"


NO_JUMPS = Jumps()


def address(file_uri: str, folder_uri: str) -> str:
    """The file as a link from the folder reaches it: relative, percent-encoded as the bytes that
    its name has. Raises ValueError for what is no local file."""
    path = os.path.relpath(from_uri(file_uri), from_uri(folder_uri))
    return quote(os.fsencode(path), safe="/")
