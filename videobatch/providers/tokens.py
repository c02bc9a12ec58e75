"""A rough count of the tokens of a text, without a tokenizer."""

from __future__ import annotations

import math

CHARACTERS_PER_TOKEN = 3


def estimate_tokens(text: str) -> int:
    """A third of a token for each character of Latin, Greek or Cyrillic text, digits and signs,
    one for each of any other script (Chinese, Japanese, Korean, Arabic, Thai), rounded up.

    Meant to be rather too much, since it is reserved and settled afterwards: the rule of thumb
    for English is four characters (https://platform.openai.com/tokenizer).
    """
    thirds = sum(_is_alphabetic_european(ord(character)) for character in text)
    return math.ceil(thirds / CHARACTERS_PER_TOKEN) + len(text) - thirds


def _is_alphabetic_european(code: int) -> bool:
    # Up to Cyrillic; then Latin Extended Additional up to the signs before the CJK radicals.
    return code < 0x0530 or 0x1E00 <= code < 0x2E80
