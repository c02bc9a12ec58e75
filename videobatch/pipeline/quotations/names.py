"""Proper names in statements, and whether a text says them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from videobatch.pipeline.quotations.chinese_names import sounded_names
from videobatch.pipeline.quotations.folding import folded, pieces
from videobatch.pipeline.quotations.word_lists import short_for, words_of
from videobatch.pipeline.text.lexicon import lexicon
from videobatch.pipeline.text.sentences import CJK, stop_words
from videobatch.pipeline.text.spelling import sound_key

WORD = re.compile(r"[^\W_][\w’'+#-]*")
OPENING = re.compile(r"(?:^|[.!?:;。！？：；]|[\"“‘「『(（])\s*$")
POSSESSIVE = re.compile(r"['’]s$")
ROMAN = re.compile(r"^[IVXLC]+$")
BOOK = re.compile(r"《([^》]{1,40})》")
# What begins a sentence is capitalised, too: it is taken for a name where it stands before a verb,
# and is no noun by its ending.
NOUN = re.compile(
    r"(?:ing|ly|tion|sion|ment|ness|ity|ism|ics|ance|ence|ware|[^s]s|ed)$", re.IGNORECASE
)
# What ends in s may be a noun, and what stands before it an adjective.
VERB, VERB_OR_NOUN = re.compile(r"^\w{2,}ed$"), re.compile(r"^\w{3,}s$")
ADJECTIVE = re.compile(r"(?:er|al|ive|ous|ful|ic|able|ible|est|y|ish|less|an|ary)$")
LEAST_INITIALS = 3
LEAST_FUZZY, LEAST_SOUND, PREFIX = 5, 3, 5
LIKE, LIKE_WIDE = 0.75, 66.0


def names(text: str, *, wide: bool = True) -> list[str]:
    """The proper names of a statement: capitalised words that begin no sentence, words with a
    capital inside, titles of works, foreign names in Chinese (not without `wide`)."""
    found = list(_capitalised(text))
    if wide:
        found += BOOK.findall(text)
        found += sounded_names(text)
    return list(dict.fromkeys(found))


def _capitalised(text: str) -> Iterator[str]:
    words = list(WORD.finditer(text))
    for place, word in enumerate(words):
        follows = words[place + 1][0] if place + 1 < len(words) else ""
        opens = OPENING.search(text, 0, word.start()) is not None
        if not _is_name(word[0], opens=opens, follows=follows):
            continue
        for part in re.split("[-]", POSSESSIVE.sub("", word[0])):
            if len(part) > 1 and part[0].isalpha() and _is_plain_name(part):
                yield part


def opening_names(text: str) -> list[str]:
    """Words at the beginning of sentences that may be names, and may be none."""
    words = list(WORD.finditer(text))
    found: list[str] = []
    for word, behind in pairwise(words):
        bare = word[0].lower()
        is_open = OPENING.search(text, 0, word.start()) is not None
        if not is_open or not word[0][0].isupper() or not word[0][1:].islower():
            continue
        is_verb = (
            VERB.match(behind[0])
            or behind[0] in words_of("verbs")
            or behind[0] in lexicon("irregular")
            or (VERB_OR_NOUN.match(behind[0]) and not ADJECTIVE.search(bare))
        )
        is_word = bare in stop_words() | words_of("openers") | words_of("titles") or NOUN.search(
            bare
        )
        if is_verb and not is_word and len(bare) > 2:
            found.append(word[0])
    return found


def _is_plain_name(part: str) -> bool:
    low = part.lower().replace("'", "").replace("’", "")
    cased = any(char.isupper() for char in part)
    return (
        cased
        and low not in words_of("titles") | words_of("capitals")
        and not ROMAN.match(part)
        and not CJK.search(part)
    )


def _is_name(word: str, *, opens: bool, follows: str) -> bool:
    inner = any(char.isupper() for char in word[1:]) and any(char.isalpha() for char in word[1:])
    if inner or not word[0].isupper():
        return inner
    if not opens:
        return True
    return bool(POSSESSIVE.search(word)) or (follows[:1].isupper() and follows != "I")


class Said:
    """A text in which names are looked for, whatever their case."""

    def __init__(self, text: str) -> None:
        self._text = folded(text)
        self._words = [word for word in pieces(self._text) if not CJK.match(word)]
        self._known = set(self._words)

    def has_name(self, name: str) -> bool:
        """True where it is said: so spelt, nearly so, or in parts ("chat GPT")."""
        wanted = folded(name)
        if not wanted:
            return True
        if CJK.search(wanted):
            return self._has_wide(wanted)
        if name.isupper() and self._has_spelt_out(wanted):
            return True
        return all(self._has_word(word) for word in wanted.split())

    def count(self, name: str) -> int:
        """The number of times that it is said, so spelt."""
        wanted = folded(name)
        if CJK.search(wanted):
            return self._text.count(wanted)
        return self._words.count(wanted)

    def _has_spelt_out(self, wanted: str) -> bool:
        """True where an abbreviation is said in full: its letters begin words in a row."""
        if len(wanted) < LEAST_INITIALS:
            return short_for().get(wanted, "\0") in self._text
        return wanted in "".join(word[0] for word in self._words)

    def _has_wide(self, wanted: str) -> bool:
        if wanted in self._text:
            return True
        if len(wanted) < 3 or len(self._text) < len(wanted):
            return False
        return fuzz.partial_ratio(wanted, self._text, score_cutoff=LIKE_WIDE) >= LIKE_WIDE

    def _has_word(self, word: str) -> bool:
        if word in self._known or (len(word) < LEAST_FUZZY and f"{word}s" in self._known):
            return True
        if any(_is_form(word, known) for known in self._known):
            return True
        return any(_is_like(word, joined) for joined in _joined(self._words, len(word)))


def _is_form(word: str, known: str) -> bool:
    """America and American; a name heard in another spelling."""
    least = min(len(word), len(known))
    if least >= PREFIX and word[:least] == known[:least]:
        return least >= 0.6 * max(len(word), len(known))
    return _is_like(word, known)


def _is_like(word: str, known: str) -> bool:
    if word == known:
        return True
    if min(len(word), len(known)) < LEAST_FUZZY - 1 or not (word.isascii() and known.isascii()):
        return False
    likeness = Levenshtein.normalized_similarity(word, known)
    if len(word) >= LEAST_FUZZY and likeness >= LIKE:
        return True
    key = sound_key(word)
    return len(key) >= LEAST_SOUND and key == sound_key(known) and likeness >= 0.5


def _joined(words: Sequence[str], length: int) -> Iterator[str]:
    """Neighbouring words as one, of about that length."""
    for count in (2, 3):
        for at in range(len(words) - count + 1):
            joined = "".join(words[at : at + count])
            if abs(len(joined) - length) <= 2:
                yield joined
