"""Chinese as it is written down: in simplified or traditional characters, with punctuation."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from functools import cache
from typing import Any

from videobatch.errors import SettingsError
from videobatch.languages import primary
from videobatch.records import Utterance

SIMPLIFIED = "simplified"
SCRIPTS = (SIMPLIFIED, "traditional", "as_heard")
# What comes before the first words, in the script that is wanted, with punctuation: the model goes
# on in the same manner. "The following is a talk in Mandarin."
PROMPTS = {
    "simplified": "以下是普通话的讲座，有标点符号。",
    "traditional": "以下是普通話的講座，有標點符號。",
}
# Shorter texts that are part of a prompt may have been said.
LEAST_ECHO = 4
# Beside a Chinese character the model writes now these, now those; one text has one kind.
_WIDE = str.maketrans({",": "，", ".": "。", "?": "？", "!": "！", ":": "：", ";": "；"})
_NARROW = re.compile(r"(?<=[\u3400-\u9fff])(?:[,?!:;]|\.(?![0-9A-Za-z.]))")
_LETTERS = re.compile(r"[^\W_]+")
_TABLES = {"simplified": "t2s", "traditional": "s2t"}


def is_chinese(language: str | None) -> bool:
    """True for Mandarin and Cantonese."""
    return primary(language) in {"zh", "yue"}


def written(said: Utterance, script: str) -> Utterance:
    """The utterance and its words in the characters that are wanted, with the punctuation that goes
    with them. Changes nothing that is not Chinese. Raises SettingsError without OpenCC."""
    if script not in _TABLES or not is_chinese(said.language):
        return said
    converter = _converter(_TABLES[script])

    def convert(text: str) -> str:
        return _NARROW.sub(lambda mark: mark[0].translate(_WIDE), converter.convert(text))

    words = tuple(replace(word, text=convert(word.text)) for word in said.words)
    return replace(said, text=convert(said.text), words=words)


def is_echo(said: Utterance) -> bool:
    """True for a piece of a prompt: on unclear sound the model gives it back as what was said."""
    own = "".join(_LETTERS.findall(said.text))
    prompts = ("".join(_LETTERS.findall(prompt)) for prompt in PROMPTS.values())
    return len(own) >= LEAST_ECHO and any(own in prompt for prompt in prompts)


@cache
def _converter(table: str) -> Any:
    try:
        return importlib.import_module("opencc").OpenCC(table)
    except ImportError as error:
        raise SettingsError(
            "OpenCC, which writes Chinese in the characters that are wanted, is not installed",
            hint="install it: .venv/bin/pip install opencc; or set "
            "VIDEOBATCH_SPEECH__CHINESE=as_heard",
        ) from error
