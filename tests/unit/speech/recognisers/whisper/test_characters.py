"""Whole characters from tokens, through faster-whisper's own alignment and a tokenizer of bytes."""

from __future__ import annotations

from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from tokenizers import Tokenizer as Vocabulary
from tokenizers import decoders, models

from videobatch.speech.recognisers.whisper.characters import (
    WholeCharacters,
    _alphabet,
    split,
)

SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|zh|>",
    "<|transcribe|>",
    "<|notimestamps|>",
)
# Tokens of several bytes: one that ends a character and begins the next, a word, and one character.
LETTERS = {byte: letter for letter, byte in _alphabet().items()}
LONGER = ("b8 e4", "20 68 65 6c 6c 6f", "e4 bd a0")


def tokenizer(language: str = "zh") -> Any:
    """faster-whisper's, with a token for each byte, the longer ones, and the special ones."""
    names = [LETTERS[byte] for byte in range(256)]
    names += ["".join(LETTERS[byte] for byte in bytes.fromhex(each)) for each in LONGER]
    known = {name: number for number, name in enumerate((*names, *SPECIAL))}
    vocabulary = Vocabulary(models.BPE(vocab=known, merges=[]))
    vocabulary.decoder = decoders.ByteLevel()
    vocabulary.add_special_tokens(list(SPECIAL))
    return Tokenizer(vocabulary, multilingual=True, task="transcribe", language=language)


def tokens(*pieces: str) -> list[int]:
    """The tokens of the bytes, those in one piece as one token where there is such."""
    found: list[int] = []
    for piece in pieces:
        longer = piece in LONGER
        found += [256 + LONGER.index(piece)] if longer else bytes.fromhex(piece)
    return found


NI, HAO = "e4 bd a0", "e5 a5 bd"
WHOLE = {
    "each character by itself": ([NI, HAO], ["你", "好"], [1, 3]),
    "a token that ends one and begins another": (["e4", "b8", "b8 e4", "bd", "a0"], ["丸你"], [5]),
    "cut at the end": ([NI, "e5 a5"], ["你", ""], [1, 2]),
    "cut before a whole one": (["e5 a5", NI], ["你"], [3]),
    "bytes that begin nothing": (["bd", NI], ["", "你"], [1, 1]),
    "a broken character of the model's own": (["ef bf bd", NI], ["", "你"], [3, 1]),
    "nothing": ([], [], []),
}


@pytest.mark.parametrize("case", WHOLE)
def test_every_token_is_in_one_run_and_no_character_is_broken(case: str) -> None:
    pieces, texts, sizes = WHOLE[case]
    known = tokenizer()
    given = [*tokens(*pieces), known.eot]
    found, runs = split(known, given)
    assert list(chain.from_iterable(runs)) == given
    assert (found, [len(run) for run in runs]) == ([*texts, ""], [*sizes, 1])


def test_whole_characters_are_split_as_faster_whisper_splits_them() -> None:
    known = tokenizer("en")
    given = [*tokens("20 68 65 6c 6c 6f"), *"é, 你好!".encode(), known.eot]
    texts, runs = known.split_tokens_on_unicode(given)
    assert split(known, given) == (texts, runs)
    assert "".join(texts) == " helloé, 你好!"


def aligned(known: Any, given: list[int]) -> list[dict[str, Any]]:
    """The words of the tokens, each token a tenth of a second."""
    model: Any = object.__new__(WhisperModel)
    path = [(number, 5 * number) for number in range(len(given) + 1)]
    result = SimpleNamespace(text_token_probs=[0.5] * len(given), alignments=path)
    model.model = SimpleNamespace(align=lambda *_, **__: [result])
    model.tokens_per_second = 50
    found: list[dict[str, Any]] = WholeCharacters(model.find_alignment)(known, [given], None, 3000)[
        0
    ]
    return found


def test_words_after_a_broken_character_keep_their_text_and_times() -> None:
    given = tokens("20 68 65 6c 6c 6f", "e4", "b8 e4", "bd", "a0", "20 68 65 6c 6c 6f")
    found = aligned(tokenizer("en"), given)
    assert [each["word"] for each in found] == [" hello你", " hello"]
    assert [(each["start"], each["end"]) for each in found] == [(0.0, 0.5), (0.5, 0.6)]
    assert list(chain.from_iterable(each["tokens"] for each in found)) == given


def test_a_character_that_is_cut_at_the_end_is_left_out() -> None:
    found = aligned(tokenizer(), tokens(NI, HAO, "e5 a5"))
    assert "".join(each["word"] for each in found) == "你好"
