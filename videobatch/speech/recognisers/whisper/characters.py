"""Whole characters of the model's tokens.

A token stands for some bytes, and a character may lie across several tokens. Where its bytes are
not all there (the model ran out of tokens, or made bytes up), faster-whisper shows it as U+FFFD,
and may lose all words after it, because it takes later tokens for the rest of the character.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

BROKEN = "\ufffd"


class WholeCharacters:
    """Aligns tokens with the sound as `align`, a model's `find_alignment`, does, but without a
    broken character: its bytes are left out, its tokens keep their time."""

    def __init__(self, align: Callable[..., Any]) -> None:
        self._align = align

    def __call__(self, tokenizer: Any, *args: Any, **options: Any) -> Any:
        """The words with tokens and times, as faster-whisper's own."""
        tokenizer.split_tokens_on_unicode = partial(split, tokenizer)
        return self._align(tokenizer, *args, **options)


def split(tokenizer: Any, tokens: Sequence[int]) -> tuple[list[str], list[list[int]]]:
    """The least runs of tokens that are whole characters, with their text. Each token is in one of
    them; the end of the text is one of its own."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
    texts: list[str] = []
    runs: list[list[int]] = []
    is_whole = True
    for token in tokens:
        is_end = token >= tokenizer.eot
        if is_whole or is_end:
            texts.append("")
            runs.append([])
        if is_end:
            decoder.reset()
        else:
            written = decoder.decode(_bytes_of(tokenizer.tokenizer.id_to_token(token)))
            texts[-1] += written.replace(BROKEN, "")
        runs[-1].append(token)
        is_whole = not decoder.getstate()[0]
    return texts, runs


def _bytes_of(token: str) -> bytes:
    """The bytes of a token's name in the vocabulary."""
    return bytes(_alphabet()[letter] for letter in token)


@cache
def _alphabet() -> dict[str, int]:
    """The byte that each letter of a vocabulary stands for: those that can be printed stand for
    themselves, the others for letters from 256 on (GPT-2's `bytes_to_unicode`)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {
        chr(256 + number): byte for number, byte in enumerate(others)
    }
