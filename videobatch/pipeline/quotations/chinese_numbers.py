"""Chinese numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from videobatch.pipeline.quotations.number import Number, number_words

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
PLACES = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10**4, "亿": 10**8}
_RUN = "零〇一二两三四五六七八九十百千万亿"
# In 一万千瓦 the thousand is the unit's.
_RUN_OF = f"(?:(?!千[瓦米克伏卡赫帕焦])[{_RUN}])"
CHINESE = re.compile(
    rf"(?P<literal>(?<![\w.^])\d+(?:\.\d+)?|(?<=[\u4e00-\u9fff])\d+(?:\.\d+)?)?"
    rf"(?P<run>{_RUN_OF}+)(?:点(?P<fraction>[零〇一二三四五六七八九]+))?"
)
PERCENT = re.compile(rf"百分之(?P<of>[{_RUN}]+(?:点[零〇一二三四五六七八九]+)?|\d+(?:\.\d+)?)")
# Tenths: 八成 is 80 percent; not in 一成功, 三成员.
TENTHS = re.compile(rf"(?<![之点{_RUN}])(?P<of>[一二三四五六七八九])成(?![功立为长员就果品绩分交])")
MEASURED = re.compile(
    rf"(?:个(?!{'|'.join(number_words('counted_in_chinese'))}|人)"
    rf"|{'|'.join(word for word in number_words('measures') if word != '个')})"
)


def percents(text: str) -> Iterator[Number]:
    """The numbers of 百分之三十 and 三成, in percent."""
    for found in PERCENT.finditer(text):
        yield Number(found.start(), found.end(), _chinese_or_digits(found["of"]), is_figure=True)
    for found in TENTHS.finditer(text):
        yield Number(found.start(), found.end(), 10.0 * DIGITS[found["of"]], is_figure=True)


def chinese_numbers(text: str) -> Iterator[Number]:
    """The numbers of Chinese, in their order, without those that are parts of words."""
    for found in CHINESE.finditer(text):
        run, literal = found["run"], found["literal"]
        if literal is not None:
            if run[0] in DIGITS or run[0] == "十":
                continue
            yield Number(found.start(), found.end(), float(literal) * _places(run), is_figure=True)
            continue
        value = _chinese_value(run, found["fraction"])
        begins = run[0] in DIGITS or run[0] == "十"
        is_pair = len(run) == 2 and all(char in DIGITS for char in run)
        if len(run) > 1 or found["fraction"]:
            is_figure = begins and not is_pair and value > 1
        else:
            is_ordinal = found.start() > 0 and text[found.start() - 1] in "第几数"
            measured = MEASURED.match(text, found.end()) is not None
            if not (measured or is_ordinal or (begins and _ends(text, found.end()))):
                # A part of a word: 二分, 统一, 十分.
                continue
            is_figure = begins and value > 1 and measured and not is_ordinal
        yield Number(found.start(), found.end(), value, is_figure=is_figure)


def _ends(text: str, at: int) -> bool:
    return not ("\u4e00" <= text[at : at + 1] <= "\u9fff")


def _places(run: str) -> float:
    value = 1.0
    for char in run:
        value *= PLACES.get(char) or MYRIADS.get(char) or 1
    return value


def _chinese_or_digits(text: str) -> float:
    if text[0].isdecimal():
        return float(text)
    whole, _, fraction = text.partition("点")
    return _chinese_value(whole, fraction or None)


def _chinese_value(run: str, fraction: str | None) -> float:
    if len(run) > 1 and all(char in DIGITS for char in run):
        value = float("".join(str(DIGITS[char]) for char in run))
    else:
        value = _sections(run)
    if fraction:
        value += float("0." + "".join(str(DIGITS[char]) for char in fraction))
    return value


def _sections(run: str) -> float:
    """Reads 一亿两千万: sections of at most four places, each with its myriad; 两万五 is 25,000."""
    total = section = digit = 0.0
    last = 1.0
    for char in run:
        if char in DIGITS:
            digit = DIGITS[char]
            last = 1.0 if char in "零〇" else last
        elif char in PLACES:
            section += (digit or 1) * PLACES[char]
            digit, last = 0.0, float(PLACES[char])
        elif char == "万":
            total += (section + digit or 1) * MYRIADS[char]
            section, digit, last = 0.0, 0.0, float(MYRIADS[char])
        else:
            total = (total + section + digit or 1) * MYRIADS[char]
            section, digit, last = 0.0, 0.0, float(MYRIADS[char])
    if digit and last > 10 and run[-1] in DIGITS:
        digit *= last / 10
    return total + section + digit
