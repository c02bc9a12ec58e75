"""False statements, made of true ones by rules, each with a quotation as a model gives it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from benchmarks.talks import MARKED, Stated, Told

Rule = Callable[[Stated, Told, tuple[Told, ...], random.Random], Stated | None]

_WORDS = (  # noqa: SIM905 - a list of words is read as one
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand million billion"
).split()
_WORD = "|".join(_WORDS)
ENGLISH = re.compile(
    rf"\d[\d,]*(?:\.\d+)?|\b(?:{_WORD})\b(?:[ -](?:and )?(?:{_WORD})\b)*", re.IGNORECASE
)
CHINESE = re.compile(r"\d+(?:\.\d+)?|[零一二三四五六七八九十百千万亿两]{2,}")
TRIES = 100
NAMES = {
    "en": ("Galileo", "Hamilton", "Portugal", "Mendel", "Toronto", "Fleming", "Osaka", "Voltaire"),
    "zh": ("苏轼", "青岛", "伽利略", "墨西哥", "王安石", "深圳", "达尔文", "葡萄牙"),
}
INVENTED = {
    "en": (
        "the results were published in the journal last spring and nobody objected",
        "we were quite surprised that the second experiment failed so badly",
        "every student should have a look at the appendix before the exam",
        "the government stopped the funding after the committee had met",
        "you can think of it as water that flows through a narrow pipe",
        "it turned out that the machine had never been connected at all",
    ),
    "zh": (
        "实验结果去年春天已经发表在杂志上了",
        "第二次测量失败让所有人都感到意外",
        "政府在委员会开会之后停止了拨款",
        "你可以把它想象成水流过一根细管子",
        "后来才发现那台机器根本没有接上电",
        "请大家考试之前一定要看一看附录",
    ),
}


def figure(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated | None:
    """A figure of the statement is another one."""
    marks = [mark for mark in MARKED.findall(stated.text) if _is_figure(mark)]
    if not marks:
        return None
    mark = dice.choice(marks)
    return replace(stated, text=stated.text.replace(f"{{{mark}}}", _other(mark, told, dice), 1))


def name(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated | None:
    """A name of the statement is one that the talk does not have."""
    marks = [mark for mark in MARKED.findall(stated.text) if not _is_figure(mark)]
    if not marks:
        return None
    mark, other = dice.choice(marks), dice.choice(NAMES[told.language])
    return replace(stated, text=stated.text.replace(f"{{{mark}}}", other, 1))


def invented(stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random) -> Stated:
    """The quotation was said by nobody."""
    return replace(stated, quote=dice.choice(INVENTED[told.language]))


def other_video(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated:
    """The quotation is of another talk in the same language."""
    talks = [each for each in others if each.language == told.language and each != told]
    return replace(stated, quote=dice.choice(dice.choice(talks).statements).quote)


def figure_in_both(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated | None:
    """A figure is another one in statement and quotation alike."""
    changed = figure(stated, told, others, dice)
    pattern = CHINESE if told.language == "zh" else ENGLISH
    found = list(pattern.finditer(stated.quote))
    if changed is None or not found:
        return None
    place = dice.choice(found)
    other = _other(place[0], told, dice)
    quote = stated.quote[: place.start()] + other + stated.quote[place.end() :]
    return replace(changed, quote=quote)


def name_in_both(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated | None:
    """A name is another one in statement and quotation alike."""
    marks = [m for m in MARKED.findall(stated.text) if not _is_figure(m) and m in stated.quote]
    if not marks:
        return None
    mark, other = dice.choice(marks), dice.choice(NAMES[told.language])
    text = stated.text.replace(f"{{{mark}}}", other, 1)
    return replace(stated, text=text, quote=stated.quote.replace(mark, other, 1))


def spliced(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated | None:
    """The quotation begins as its own, and ends as one from elsewhere in the talk."""
    far = [each for each in told.statements if abs(each.at_s - stated.at_s) > 60]
    if not far:
        return None
    glue = "" if told.language == "zh" else " "
    mine, theirs = (_words(each.quote, told) for each in (stated, dice.choice(far)))
    halves = [*mine[: (len(mine) + 1) // 2], *theirs[len(theirs) // 2 :]]
    return replace(stated, quote=glue.join(halves))


def altered(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated | None:
    """A third of the quotation's words are other words of the talk."""
    words = _words(stated.quote, told)
    every = sorted({word for line in told.lines for word in _words(line.text, told)} - set(words))
    if len(words) < 6:
        return None
    for place in dice.sample(range(len(words)), len(words) // 3):
        words[place] = dice.choice(every)
    return replace(stated, quote=("" if told.language == "zh" else " ").join(words))


def name_of_the_talk(
    stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random
) -> Stated | None:
    """A name of the statement is another one of the same talk."""
    marks = [mark for mark in MARKED.findall(stated.text) if not _is_figure(mark)]
    every = {m for each in told.statements for m in MARKED.findall(each.text) if not _is_figure(m)}
    left = sorted(every - set(marks))
    if not marks or not left:
        return None
    return replace(
        stated, text=stated.text.replace(f"{{{dice.choice(marks)}}}", dice.choice(left), 1)
    )


def negated(stated: Stated, told: Told, others: tuple[Told, ...], dice: random.Random) -> Stated:
    """The statement says the contrary, with the quotation that it had: nothing that is looked up
    tells."""
    said = "并非如此：" if told.language == "zh" else "It is not true that this holds: "
    return replace(stated, text=f"{said}{stated.text}")


# The checker was made with the first four in sight; the others were held out.
SEEN: Mapping[str, Rule] = {
    "another figure": figure,
    "another name": name,
    "an invented quotation": invented,
    "a quotation of another video": other_video,
}
HELD_OUT: Mapping[str, Rule] = {
    "another figure in the quotation too": figure_in_both,
    "another name in the quotation too": name_in_both,
    "a quotation spliced of two": spliced,
    "a quotation with a third of its words changed": altered,
}
# What is looked up is there, in another place or in another sense.
BEYOND: Mapping[str, Rule] = {
    "another name of the same talk": name_of_the_talk,
    "the contrary": negated,
}


def _is_figure(mark: str) -> bool:
    return any(char.isdigit() for char in mark) or mark.lower() in _WORDS


def _words(text: str, told: Told) -> list[str]:
    return list(text) if told.language == "zh" else text.split()


def _other(mark: str, told: Told, dice: random.Random) -> str:
    """Another figure of the same form, which the talk does not have."""
    every = " ".join(line.text for line in told.lines).lower()
    other = mark
    for _ in range(TRIES):
        if any(char.isdigit() for char in mark):
            other = "".join(
                str(dice.randint(1 if place == 0 else 0, 9)) if char.isdigit() else char
                for place, char in enumerate(mark)
            )
        elif told.language == "zh":
            other = "".join(
                dice.choice("二三四五六七八九") if char in "一二三四五六七八九两" else char
                for char in mark
            )
        else:
            other = " ".join(
                word
                if word in ("and", "hundred", "thousand", "million", "billion")
                else dice.choice(_WORDS[2:28])
                for word in mark.lower().replace("-", " ").split()
            )
        if other != mark and other.strip("0,. ") and other.lower() not in every:
            return other
    # A small number in words may stand elsewhere in the talk.
    return other
