"""Numbers as they are said and written."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videobatch.pipeline.quotations import numerals
from videobatch.pipeline.quotations.chinese_numbers import chinese_numbers, percents
from videobatch.pipeline.quotations.claims import Claim
from videobatch.pipeline.quotations.english_numbers import (
    ORDINALS,
    SCALES,
    TENS,
    UNITS,
    english_numbers,
)
from videobatch.pipeline.quotations.number import Number
from videobatch.pipeline.quotations.numerals import figures, in_digits, is_among, values
from videobatch.pipeline.quotations.source import Source
from videobatch.records import Utterance

WORDS = [*UNITS, *TENS, *SCALES, *ORDINALS, "hundred", "and", "point", "half", "reasons"]
ODD = ["ſix", "fıve", "İ", "①", "½", "10⁹", "２", "．", "，", "٣", "百分之", "第", "点", "9" * 320]
PIECES = st.one_of(
    st.sampled_from([*WORDS, *(word.upper() for word in WORDS)]),
    st.sampled_from(ODD),
    st.sampled_from("零〇一二两三四五六七八九十百千万亿"),
    st.characters(categories=["Nd", "Nl", "No"]),
    st.integers(0, 10**12).map("{:,}".format),
    st.text(max_size=3),
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", " ", "-", ", "])), max_size=12).map(
    lambda pairs: "".join(piece + glue for piece, glue in pairs)
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it costs 5 billion 400 million dollars", {5.4e9}),
        ("four point two million five hundred of them", {4_200_500}),
        ("5,400,000,000 or 5.4 billion", {5.4e9}),
        ("nineteen sixty two", {1962}),
        ("nineteen forty-five and two thousand and two", {1945, 2002}),
        ("twenty twenty", {2020}),
        ("four thousand nine hundred and ninety five people", {4995}),
        ("a hundred and twenty thousand", {120_000}),
        ("ninety nine thousand nine hundred", {99_900}),
        ("one two three", {1, 2, 3}),
        ("sixty and seventy", {60, 70}),
        ("four point two seconds", {4.2}),
        ("ninety nine point five percent", {99.5}),
        ("over 25,000 miles, 30km in the 1960s", {25_000, 30, 1960}),
        ("the nineteenth century", {19, 100}),
        ("in the nineteen sixties", {1960}),
        ("the twenty first century", {1, 21, 100}),
        ("python three point eleven", {3.11}),
        ("two point twenty five", {2.25}),
        ("a thirty second clip", {2, 30}),
        ("half of a dozen", {0.5, 50, 12}),
        ("H2O and x_1 and 2^8", {2}),
        ("三百五十公里", {350}),
        ("一九六四年十月一日", {1964, 10, 1}),
        ("二零二三年底", {2023}),
        ("五百七十四点八公里", {574.8}),
        ("两千二百零九亿元", {220_900_000_000}),
        ("一亿两千万", {120_000_000}),
        ("四万五千", {45_000}),
        ("两万五", {25_000}),
        ("一百零五", {105}),
        ("百分之八十五", {85}),
        ("1.5亿，10万", {150_000_000, 100_000}),
        ("在1962年", {1962}),
        ("十二", {12}),
        ("the first hundred days, the fourth million", {1, 100, 4, 1_000_000}),
        ("the twenty first hundred", {1, 21, 100}),
        ("first five hundred", {1, 500}),
        ("first point five", {1, 5}),
        ("百分之３０，３．５倍，１，２", {30, 3.5, 1, 2}),
        ("ſix and fıve", set()),
    ],
)
def test_values(text: str, found: set[float]) -> None:
    assert values(text) == found


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("It is one of the best.", []),
        ("There are three reasons for it.", []),
        ("There are 3 reasons for it.", [3]),
        ("It takes three years.", [3]),
        ("The fifth chapter, in 1962.", [1962]),
        ("一般来说，千万不要紧张，十分重要，万一", []),
        ("第三章", []),
        ("有三个原因", []),
        ("用了三年", [3]),
        ("大约百分之三十", [30]),
        ("有三四个", []),
        ("一百二十公里", [120]),
    ],
)
def test_only_figures_are_claims(text: str, claimed: list[float]) -> None:
    assert figures(text) == claimed


def test_words_and_digits_are_one_text() -> None:
    assert in_digits("nineteen sixty two") == in_digits("1962") == "1962"
    assert in_digits("三百五十公里") == in_digits("350公里") == "350公里"
    assert in_digits("百分之三十") == "30 percent "
    assert in_digits("一个人") == "一个人"


@pytest.mark.parametrize(
    "text",
    [
        "1" * 400,
        "million " * 60,
        "hundred " * 200,
        "hundred " * 200 + "point five",
        "亿" * 50,
        "一" * 400,
        f"百分之{'1' * 400}",
    ],
)
def test_what_no_float_holds_is_no_number(text: str) -> None:
    assert values(f"{text}, and 30 km") == {30}
    assert figures(text) == []
    assert in_digits(text) == text


@pytest.mark.parametrize(
    ("value", "known", "holds"),
    [
        (5.4e9, [5.4e9], True),
        (2200e8, [2209e8], True),
        (1.9, [1.9436], False),
        (20, [19.8], True),
        (1970, [1969], False),
        (1962, [1969], False),
        (30, [31], True),
        (32, [31], False),
        (7, [], False),
    ],
)
def test_a_rounded_figure_was_given_and_a_year_is_none(
    value: float, known: list[float], *, holds: bool
) -> None:
    assert is_among(value, known) == holds


@given(st.integers(2, 999_999_999))
def test_digits_are_read_as_they_are(value: int) -> None:
    assert value in values(f"about {value:,} of them")
    assert value in values(f"大约{value}个")


@given(st.text(alphabet="零一二三十百千万亿点分之 0123456789.,thousand-and point", max_size=60))
def test_any_text_has_numbers_in_order_or_none(text: str) -> None:
    assert in_digits(text) is not None
    assert all(value >= 0 for value in values(text))


@settings(max_examples=400)
@given(TEXTS, TEXTS)
def test_no_text_is_too_odd_to_be_read(text: str, other: str) -> None:
    assert all(map(math.isfinite, [*values(text), *figures(text)]))
    source = Source([Utterance(0.0, 5.0, text), Utterance(5.0, 9.0, other)], title=other)
    for quote in (text, other, f"{text} {other}"):
        claim = Claim(1.0, f"{other} {text}", quote, term=other)
        assert source.check(claim).at_s in (0.0, 1.0, 5.0)


class Place(int):
    """A place in a text that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        Place.compared += 1
        return int(self) < int(other)


def counted(start: int, end: int) -> Number:
    return Number(Place(start), Place(end), 1.0, is_figure=True)


def test_many_numbers_are_told_apart_by_their_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 2_000
    chinese = [counted(10 * n, 10 * n + 5) for n in range(count)]
    # Each other one overlaps the Chinese number before it, or the one behind it.
    english = [counted(10 * n + 5 - n % 2, 10 * n + 9 + 2 * (n % 4 == 2)) for n in range(count)]
    for kind, found in (("chinese_numbers", chinese), ("english_numbers", english)):
        monkeypatch.setattr(numerals, kind, lambda text, found=found: iter(found))
    monkeypatch.setattr(Place, "compared", 0)
    every = numerals.numbers("")
    assert every == sorted([*chinese, *english[::4]], key=lambda each: int(each.start))
    assert Place.compared < 50 * count


@given(TEXTS)
def test_the_first_kind_that_reads_a_place_has_it(text: str) -> None:
    text = text.translate(numerals.HALF_WIDTH)
    taken = list(percents(text))
    for kind in (chinese_numbers(text), english_numbers(text), numerals._bare(text)):
        taken += [
            each
            for each in kind
            if not any(each.start < other.end and other.start < each.end for other in taken)
        ]
    taken.sort(key=lambda each: each.start)
    assert numerals.numbers(text) == [each for each in taken if math.isfinite(each.value)]


def test_tenths_are_percents() -> None:
    assert values("八成以上的线路") == values("百分之八十以上的线路") == {80.0}
    assert figures("九成的程序有错") == [90.0]
    assert 10.0 not in values("一成功就走")
    assert values("百分之八成本") == {8.0}
