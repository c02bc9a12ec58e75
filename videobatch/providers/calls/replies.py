"""A response as it is meant: an error in the body of a 200 is that error (`troubles.py`), and a
stream of events is the answer that it adds up to (`streams.py`).

Gateways hand on what the server behind them said, in a 200 of their own. Nothing here raises.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import httpx

from videobatch.providers.calls.streams import decoded, from_events, is_stream
from videobatch.providers.calls.troubles import (
    MOST_CHARACTERS,
    Trouble,
    as_text,
    plain_words,
    spoken_number,
    trouble_of,
)

_HTML = re.compile(r"\A\s*(<!doctype\s+html|<html|<head|<body|<\?xml)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(r"<(script|style|title)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its status, or that of the error that is its body; the body as JSON (None where
    there is none); its text; and the error, if it is one."""

    status: int
    body: Any
    text: str
    trouble: Trouble | None

    @property
    def is_page(self) -> bool:
        """True for a web page, which is nobody's answer."""
        return _HTML.match(self.text) is not None

    @property
    def is_stream(self) -> bool:
        """True for a stream of events."""
        return is_stream(self.text)

    @property
    def said(self) -> str:
        """The server's own words, as they came; "" where it said nothing."""
        if self.trouble and self.trouble.said:
            return self.trouble.said
        if self.is_page:
            return _page_words(self.text)
        if self.body is None or isinstance(self.body, str):
            return self.text[:MOST_CHARACTERS].strip() if self.body is None else self.body
        return as_text(self.body)


def read_reply(response: httpx.Response) -> Reply:
    """The response as it is meant."""
    text = _text(response)
    body = decoded(text)
    if body is None and is_stream(text):
        body = from_events(text)
    trouble, status = trouble_of(body), response.status_code
    if trouble is None and _HTML.match(text):
        # A proxy's page about the server behind it.
        told = spoken_number(_title(text))
        trouble = Trouble(_page_words(text), told) if told else None
    if response.is_success and trouble and trouble.status:
        status = trouble.status
    if not response.is_success and trouble is None:
        trouble = Trouble(plain_words(body))
    return Reply(status, body, text, trouble)


def _page_words(text: str) -> str:
    named = _title(text)
    shown = html.unescape(" ".join(_UNSEEN.sub(" ", text[: 20 * MOST_CHARACTERS]).split()))
    return f"a web page: {': '.join(each for each in (named, shown) if each) or 'empty'}"


def _title(text: str) -> str:
    title = _TITLE.search(text)
    return html.unescape(" ".join(title[1].split())) if title else ""


def _text(response: httpx.Response) -> str:
    # UTF-8 unless it says otherwise; a mark at the beginning belongs to no answer.
    return response.text.removeprefix("\ufeff")
