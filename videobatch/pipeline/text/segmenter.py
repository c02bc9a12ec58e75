"""Words of Chinese, which writes no spaces: by a dictionary of some 350,000 words and by words of
one's own, and for Japanese by its scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC
    from rjieba import Jieba

CACHED = 8192
KANA = re.compile(r"[\u3040-\u30ff]")
# Japanese writes names and terms in the one or the other script, and endings in the third.
JAPANESE = re.compile(r"[\u30a0-\u30ff]+|[\u3040-\u309f]+|[^\u3040-\u30ff]+")
HIRAGANA = re.compile(r"^[\u3040-\u309f]+$")
# The dictionary knows simplified characters alone. These are never among them, and one is in
# nearly every traditional sentence.
TRADITIONAL = re.compile(
    "[們這個來說對時會學國為過後還發經現點長機當話開問題間實見讓從種關數據結構計電腦網絡線變換條類級標圖層處"
    "義應該總統樣環節達運轉遠選適遞進導靜頁項頭顯風飛馬驗體強彈張憶態懷戰損擇擴樹樂業極權歐歷歸殺氣決沒測溫"
    "無煙熱爾獨獲產畫異療監盤確碼礎禮穩積稱簡組細終給統續維緒編緩縮聯聲職臺與舉舊號術衛裝裡複規視覺觀討訊記訓"
    "試詞認語誤請談論證識譯議讀負財責貴買費資質軟載輕輸農連週鄰醫釋針鋼錄錯鍵鏈長門閉陣陽階際雖雙難離雲響順預]"
)
NOUN, LATER, INSIDE = "n", "u", "里"
MOST_JOINED = 8


@dataclass(frozen=True, slots=True)
class Token:
    """A word, and its part of speech as jieba's dictionary has it: `n` and what begins with it for
    nouns, `v` for verbs, `r` for pronouns. `base` is the word in simplified characters."""

    text: str
    kind: str
    base: str


@lru_cache(maxsize=CACHED)
def tokens(run: str, own: frozenset[str] = frozenset()) -> tuple[Token, ...]:
    """The words of a run of Chinese or Japanese characters, in order; together they are the run.

    Words of `own` stand whole where the dictionary cuts them apart; they cut none of its words, so
    that a scrap among them does no harm. What no dictionary knows is left as single characters: no
    word is guessed. Pure: equal arguments give equal words, whatever was cut before.
    """
    known = tuple(_known(run))
    return tuple(_joined(known, own)) if own else known


def _joined(known: tuple[Token, ...], own: frozenset[str]) -> Iterator[Token]:
    """The words, those that make one of `own` together as one; the longest that begins first."""
    place = 0
    while place < len(known):
        word, text, taken = known[place], known[place].text, 1
        for ahead, token in enumerate(known[place + 1 : place + MOST_JOINED], 2):
            text += token.text
            if text in own:
                word, taken = Token(text, NOUN, text), ahead
        yield word
        place += taken


def _known(run: str) -> Iterator[Token]:
    if not run:
        return
    if KANA.search(run):
        for part in JAPANESE.findall(run):
            yield Token(part, LATER if HIRAGANA.match(part) else NOUN, part)
        return
    at = 0
    for word, kind in _dictionary().tag(simplified(run), hmm=False):
        # A name to the dictionary, in 标准库里 the end of a word and "in".
        parts = [(word[0], NOUN), (INSIDE, "f")] if _is_place(word, kind) else [(word, kind)]
        for part, part_kind in parts:
            yield Token(run[at : at + len(part)], part_kind, part)
            at += len(part)


def _is_place(word: str, kind: str) -> bool:
    return len(word) == 2 and word[1] == INSIDE and kind.startswith("nr")


@lru_cache(maxsize=CACHED)
def simplified(text: str) -> str:
    """The text in simplified characters, each in the place of its traditional one."""
    if not TRADITIONAL.search(text):
        return text
    found = _converter().convert(text)
    return found if len(found) == len(text) else text


@cache
def _dictionary() -> Jieba:
    # Takes 0.1 s and 33 MB: only where there is Chinese. The module's own dictionary, in which no
    # word is ever put: a second one would take as much again.
    import rjieba

    return rjieba._DEFAULT_JIEBA


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")
