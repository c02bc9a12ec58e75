"""Terms in Chinese sentences: whole words of the dictionary and what is put together of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from videobatch.pipeline.text.cutting import CJK, CLOSERS
from videobatch.pipeline.text.segmenter import Token, simplified
from videobatch.pipeline.text.sentences import CACHED, stop_words, tokens_of

Own = frozenset[str]
NONE: Own = frozenset()
SAID_OFTEN = 3
MOST_WORDS, MOST_CHARS = 3, 8
# Words of a term, of jieba's parts of speech: as is_subject, and adverbs (快速排序).
CONTENT = frozenset("nvabljgszx")
VERB = "v"
NOUNS = ("n", "vn", "an", "l", "j")
# Single characters that end a term: 哈希表, 二叉树, 梯度法.
SUFFIXES = frozenset(
    "表树图法率数值机器式量性度论学域集层点线面体链栈堆队页键码库网流场力波能差型系列矩阵核元子质级组块环路径"
)
COUNTED = re.compile(r"^[一二两三四五六七八九十百千万几数多每第半]")
# A number of things and no term, though the dictionary has it: 两句话.
PHRASE = re.compile(r"^[两几]")
CLAUSE = re.compile(r"[^，。；：、！？,;:!?（）()“”\"《》]+")
# "A hash table is a kind of …": the term stands before it.
IS = ("是指", "指的是", "是一种", "是一类", "是一门", "的意思是", "的定义是", "定义为")
# "This is called a hash table.": the term stands behind it.
CALLED = ("叫做", "叫作", "称为", "称作", "称之为")
NAMED = re.compile(
    rf"(?:{'|'.join(CALLED)}|叫)(?:一个|一种)?[“「『\"]([^”」』\"，。]{{2,12}})[”」』\"]"
    rf"|^[“「『\"]([^”」』\"，。]{{2,12}})[”」』\"]就?(?:{'|'.join(IS)})"
)
QUESTION = re.compile(
    rf"^(?:什么是|为什么|如何|怎么|怎样).{{2,24}}[？?][{CLOSERS}]*$|^.{{2,20}}是什么[？?]$"
)
POINTING_IN_QUESTION = re.compile(r"这|那|它|他|她|你|我|咱")
HANGING = re.compile(r"^(?:所以|那么|然后|其实|而且|因此)?(?:这|那|它|他|她|我们把(?:这|那|它))")


@dataclass(frozen=True, slots=True)
class Found:
    """A term that a text could be about: whether it is put together of several words, and the
    first of them a verb (`is_loose`: what follows may be no more than its object), and whether it
    begins where a run of words does, and ends so or before a verb. One that never does is a part
    of another."""

    text: str
    is_joined: bool
    is_loose: bool
    opens: bool
    closes: bool


@lru_cache(maxsize=CACHED)
def terms_in(text: str, own: Own = NONE) -> tuple[Found, ...]:
    """The terms that the text could be about, in order: nouns of two characters or more, and up to
    three words that stand side by side."""
    found: list[Found] = []
    for run in (run for clause in CLAUSE.findall(text) for run in _runs(tokens_of(clause, own))):
        for start in range(len(run)):
            for end in range(start + 1, min(len(run), start + MOST_WORDS) + 1):
                part = run[start:end]
                if _is_noun(part[0]) if len(part) == 1 else _is_compound(part):
                    term = "".join(token.text for token in part)
                    # A verb before it may be a part of it (开放地址法), one behind it tells of it.
                    closes = end == len(run) or _is_verb(run[end])
                    is_joined = len(part) > 1
                    is_loose = is_joined and part[0].kind == VERB and len(part[-1].text) > 1
                    found.append(Found(term, is_joined, is_loose, start == 0, closes))
    return tuple(found)


def _runs(found: Sequence[Token]) -> Iterator[list[Token]]:
    """Chinese words that follow each other with nothing small between them."""
    run: list[Token] = []
    for token in found:
        if _is_content(token):
            run.append(token)
            continue
        if run:
            yield run
        run = []
    if run:
        yield run


def _is_content(token: Token) -> bool:
    word = token.base
    if not CJK.fullmatch(word) or word in stop_words():
        return word in SUFFIXES and bool(token.kind)
    if (COUNTED.match(word) and token.kind[:1] == "m") or PHRASE.match(word):
        return False
    return word in SUFFIXES or token.kind[:1] in CONTENT or (token.kind == "d" and len(word) > 1)


def _is_verb(token: Token) -> bool:
    return len(token.text) > 1 and token.kind == VERB


def _is_noun(token: Token) -> bool:
    return len(token.text) > 1 and token.kind.startswith(NOUNS)


def _is_compound(part: Sequence[Token]) -> bool:
    """True for words that may be one term: all whole but for a suffix at the end, and a noun among
    them."""
    *before, last = part
    if any(len(token.text) < 2 for token in before):
        return False
    if len(last.text) < 2 and last.base not in SUFFIXES:
        return False
    if sum(len(token.text) for token in part) > MOST_CHARS:
        return False
    return last.kind[:1] != "d" and any(_is_noun(token) for token in part)


def defined_in(text: str, own: Own = NONE) -> str | None:
    """The term that the sentence defines, whole words of it; None where it defines none, or where
    the term's own bounds are not sure."""
    simple = simplified(text)
    named = NAMED.search(simple)
    if named:
        begin, end = named.span(named.lastindex or 0)
        return _whole_term(tokens_of(text[begin:end], own))
    for clause in CLAUSE.finditer(simple):
        for mark in IS:
            at = clause[0].find(mark)
            if at >= 0:
                before = text[clause.start() : clause.start() + at]
                return _last_term(tokens_of(before.removesuffix("就").removesuffix("也"), own))
        for mark in CALLED:
            at = clause[0].find(mark)
            if at >= 0:
                return _whole_term(
                    tokens_of(text[clause.start() + at + len(mark) : clause.end()], own)
                )
    return None


def _last_term(found: Sequence[Token]) -> str | None:
    """The term at the end of the words: as far as they say something, and no small word that is
    not known as such stands before them, which may be a part of the term."""
    taken: list[Token] = []
    for token in reversed(found):
        if not _is_part(token):
            if token.base not in stop_words() and not _is_small(token):
                return None
            break
        taken.insert(0, token)
    # What is alone before "is …" is the subject, whatever the dictionary takes it for (需求是指…).
    return _whole_term(taken, is_alone=len(taken) == len(found))


def _whole_term(found: Sequence[Token], *, is_alone: bool = False) -> str | None:
    """The words as a term, if all of them may be part of one."""
    if not found or len(found) > MOST_WORDS + 1 or not all(map(_is_part, found)):
        return None
    text = _text(found)
    is_named = any(_is_noun(token) or not token.kind for token in found) or len(found) > 1
    is_named = is_named or is_alone
    return text if is_named and 2 <= len(text) <= 20 else None


def _text(found: Sequence[Token]) -> str:
    parts = [found[0].text]
    for before, token in pairwise(found):
        parts.append(f" {token.text}" if not before.kind and not token.kind else token.text)
    return "".join(parts)


def _is_part(token: Token) -> bool:
    """True for a word that may be part of a term; letters of others may."""
    return (not token.kind and not token.text.isdigit()) or _is_content(token)


def _is_small(token: Token) -> bool:
    return len(token.text) > 1 and token.kind[:1] in "rpcudmy"


def own_words(texts: Iterable[str]) -> Own:
    """The words of two to eight characters that stand alone in the texts, as on slides: names and
    terms that no dictionary need know."""
    found = (part for text in texts for part in CJK.findall(text))
    return frozenset(part for part in found if 2 <= len(part) <= MOST_CHARS and _is_name(part))


def title_words(title: str, said: str) -> Own:
    """The words of a title that follow each other with nothing small between them, such as the
    text says three times at least: the subject, which no dictionary need know (二分查找)."""
    runs: list[str] = [""]
    for part in CJK.findall(title):
        for token in tokens_of(part):
            if token.base in stop_words() or len(token.text) < 2:
                runs.append("")
            else:
                runs[-1] += token.text
        runs.append("")
    return frozenset(
        run for run in runs if 3 <= len(run) <= MOST_CHARS and said.count(run) >= SAID_OFTEN
    )


def _is_name(text: str) -> bool:
    return not any(token.base in stop_words() for token in tokens_of(text))


def is_title(text: str) -> bool:
    """True for a question that can stand as a title."""
    simple = simplified(text)
    return QUESTION.match(simple) is not None and not POINTING_IN_QUESTION.search(simple)


def gapped(text: str, term: str, own: Own = NONE) -> str | None:
    """The text with gaps where its words are the term; None where they are it nowhere. A single
    character beside it that says something may belong to it: there is no gap."""
    lowered = text.lower().replace("’", "'")
    begins, ends = set[int](), set[int]()
    at, before = 0, Token("", "", "")
    for token in tokens_of(text, own):
        begin = lowered.index(token.text, at)
        if begin > at or _stand_apart(before, token):
            begins.add(begin)
        if begin > at or _stand_apart(token, before):
            ends.add(at)
        at, before = begin + len(token.text), token
    ends.add(at)
    out, last, place = [], 0, lowered.find(term)
    while place >= 0:
        end = place + len(term)
        if place in begins and end in ends:
            out += [text[last:place], "____"]
            last = end
        place = lowered.find(term, end)
    return "".join([*out, text[last:]]) if out else None


def _stand_apart(neighbour: Token, token: Token) -> bool:
    """True where the neighbour of a word cannot belong to the same term."""
    if not (CJK.match(neighbour.text) and CJK.match(token.text)):
        return True
    return len(neighbour.text) > 1 or neighbour.base in stop_words()
