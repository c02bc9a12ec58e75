"""The plausibility of decoded bytes as text in a language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from charset_normalizer import from_bytes

from videobatch.media.captions.letters import DENSE, LATIN, LETTERED, Tongue

# What the name of the file or the template says of the language counts as much as this.
NAMED, WANTED = 0.45, 0.1
# charset-normalizer's voice at its surest.
VOICE = 0.1
# Each encoding that is usual before it makes another of its language this much less likely.
RARE = 0.08
# Letters of a text weigh about 0.75 on average (1 for the most frequent, 0 for the rarest), and
# those of a text that was read by a wrong table half.
TYPICAL = 1.3
# A text in capitals alone is more likely a wrong table than somebody who shouts.
SHOUTED = 0.2
# So is one with hardly a vowel in a language that writes them, or with little else.
VOWELS = frozenset("аеёиоуыэюяіїєαεηιουωάέήίόύώϊϋะาำัิีึืุูเแโใไ่้")
FEWEST_VOWELS, MOST_VOWELS, UNSPOKEN = 0.28, 0.6, 0.25
# Letters beyond ASCII are the lesser part of a text that is not Latin only in two languages' files.
FEWEST_OWN, SCATTERED = 0.15, 0.4
# Signs that stand in subtitles of every language.
_USUAL = frozenset("“”‘’„‚«»‹›…–—―•·°©®™€£§×½¼¾♪♫♬¿¡\u00a0\u200b\u200e\u200f\u3000′″¶→")
_SIGNS = frozenset("°©®™€£§×½¼¾¶†‡•·")
_WIDE = frozenset("，。！？、：；（）「」『』《》〈〉【】〔〕“”‘’…—～·　％＋－＝／＆") | frozenset(
    map(chr, range(0xFF10, 0xFF5B))
)
# Quotation marks and dashes do not stand inside words, but for the apostrophe.
_QUOTED = re.compile(r"[^\W\d_][„“”‘‚«»‹›…•·†‡¿¡][^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
MOST_BROKEN = 0.02
# An apostrophe inside a word, a quotation around words: another table has letters at both places.
_TYPESET = re.compile(r"[^\W\d_]’[^\W\d_]|(?<!\w)“[^“”]*”(?!\w)")
TYPESET = 0.15


@dataclass(frozen=True, slots=True)
class TextGuess:
    """The bytes as one encoding and one language have them; `score` is 0 (noise) to about 1.4."""

    encoding: str
    language: str
    text: str
    score: float

    @property
    def is_dense(self) -> bool:
        """True for Chinese, Japanese and Korean."""
        return self.language.partition("-")[0] in {"zh", "ja", "ko"}


def readings(sample: bytes, languages: Sequence[str]) -> Iterator[TextGuess]:
    """Every reading that is like something, each encoding at its best language."""
    voices = _voices(sample)
    texts: dict[str, str | None] = {}
    for tongue in (*DENSE, *LETTERED, *LATIN):
        for encoding in tongue.encodings:
            if encoding not in texts:
                texts[encoding] = _decoded(sample, encoding)
            text = texts[encoding]
            score = 0.0 if text is None else _score(text, tongue)
            if text is not None and score > 0:
                score += _hint(tongue, languages) + VOICE * voices.get(encoding, 0.0)
                score -= RARE * min(3, tongue.encodings.index(encoding))
                yield TextGuess(encoding, tongue.code, text, score)


def is_latin(text: str) -> bool:
    """True if the text may be in a language with Latin letters."""
    return any(_latin(text, tongue) > 0 for tongue in LATIN)


def _decoded(sample: bytes, encoding: str) -> str | None:
    text = sample.decode(encoding, "replace")
    return text if text.count("\ufffd") <= bearable(text) else None


def bearable(text: str) -> int:
    """The number of broken characters that a text may have: few, and the last one where a file was
    cut."""
    beyond = sum(1 for c in text if c > "\x7f")
    is_cut = text.rstrip().endswith("\ufffd")
    return max(int(beyond * MOST_BROKEN), 1 if is_cut and beyond > 3 else 0)


def _hint(tongue: Tongue, languages: Sequence[str]) -> float:
    """More for what the name or the template says; Chinese of either script is Chinese."""
    for place, language in enumerate(languages):
        if language in (tongue.code, tongue.code.partition("-")[0]):
            return NAMED if place == 0 else WANTED
        if tongue.code.startswith("zh") and language.startswith("zh"):
            return WANTED
    return 0.0


def _voices(sample: bytes) -> dict[str, float]:
    """The opinion of charset-normalizer on each encoding, 0 to 1."""
    found: dict[str, float] = {}
    for match in from_bytes(sample, threshold=0.3):
        weight = max(0.0, 1.0 - 2 * match.chaos) * (0.3 + 0.7 * min(1.0, match.coherence))
        for encoding in match.could_be_from_charset:
            found[encoding] = max(weight, found.get(encoding, 0.0))
    return found


def _score(text: str, tongue: Tongue) -> float:
    if tongue.words:
        return _latin(text, tongue)
    return _lettered(text, tongue) if tongue.alphabet else _dense(text, tongue)


def _dense(text: str, tongue: Tongue) -> float:
    """The share of characters that are frequent in the language, of all beyond ASCII."""
    own = [c for c in text if c > "\x7f" and c not in _USUAL and c not in _WIDE]
    if not own:
        return 0.0
    frequent = sum(1 for c in own if c in tongue.frequent)
    odd = sum(1 for c in own if _is_odd(c))
    return max(0.0, (frequent - 2 * odd) / len(own) - _scattered(text, own, FEWEST_OWN / 3))


def _lettered(text: str, tongue: Tongue) -> float:
    """Weighs how frequent the letters beyond ASCII are in the language; none may be foreign, stand
    in one word with Latin ones, or change to a capital inside it."""
    own = [c for c in text if c > "\x7f" and c not in _USUAL]
    if not own:
        return 0.0
    strange = sum(1 for c in own if c not in tongue.alphabet) + _shifted(text) + _glued(text)
    weight = sum(tongue.weights.get(c.lower(), 0.0) for c in own)
    shouted = SHOUTED * (sum(1 for c in own if c.isupper()) > 0.7 * len(own))
    typical = min(1.0, TYPICAL * weight / len(own))
    unlikely = shouted + _unspoken(own, tongue) + _scattered(text, own, FEWEST_OWN)
    return max(0.0, typical - 5 * strange / len(own) - unlikely)


def _scattered(text: str, own: Sequence[str], fewest: float) -> float:
    latin = sum(1 for c in text if c.isascii() and c.isalpha())
    return SCATTERED if len(own) < fewest * (latin + len(own)) else 0.0


def _unspoken(own: Sequence[str], tongue: Tongue) -> float:
    if tongue.expected and not tongue.expected.intersection(own):
        return UNSPOKEN
    if not VOWELS & tongue.frequent:
        return 0.0
    share = sum(1 for c in own if c.lower() in VOWELS) / len(own)
    return 0.0 if FEWEST_VOWELS <= share <= MOST_VOWELS else UNSPOKEN


def _latin(text: str, tongue: Tongue) -> float:
    """Weighs the letters beyond ASCII, of which none may be foreign, and the small words."""
    own = [c for c in text if c > "\x7f" and c not in _USUAL]
    strange = sum(1 for c in own if c not in tongue.alphabet) + _shifted(text)
    strange += (text.count("«") != text.count("»")) + len(_QUOTED.findall(text))
    bad = strange / max(1, len(own))
    if bad > 0.1:
        return 0.0
    words = [word.lower() for word in _WORD.findall(text)]
    known = sum(1 for word in words if word in tongue.words)
    share = known / max(1, len(words))
    typeset = TYPESET if not own and _TYPESET.search(text) else 0.0
    return max(0.0, 0.35 + min(0.45, 1.5 * share) + typeset - 2 * bad)


def _glued(text: str) -> int:
    """Letters beside one of another kind: a Latin one, or a sign like `€`."""
    count = 0
    for one, other in pairwise(text):
        if one > "\x7f" and other > "\x7f":
            count += (one in _SIGNS and other.isalpha()) or (one.isalpha() and other in _SIGNS)
        elif one > "\x7f" or other > "\x7f":
            latin, foreign = (other, one) if one > "\x7f" else (one, other)
            count += latin.isalpha() and foreign not in _USUAL
    return count


def _shifted(text: str) -> int:
    """Capitals behind small letters, of which one is beyond ASCII: a wrong table does this."""
    return sum(
        1
        for one, other in pairwise(text)
        if one.islower() and other.isupper() and not (one.isascii() and other.isascii())
    )


def _is_odd(character: str) -> bool:
    """True for what no subtitle means: controls, private use, halfwidth kana, box drawing."""
    code = ord(character)
    if 0xFF61 <= code <= 0xFF9F or 0x2500 <= code <= 0x259F:
        return True
    return unicodedata.category(character) in {"Cc", "Co", "Cn", "Cs"}
