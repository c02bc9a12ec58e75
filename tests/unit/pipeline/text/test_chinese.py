"""Terms in Chinese sentences: whole words alone."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.chapters import find_chapters
from videobatch.pipeline.text.chinese import (
    defined_in,
    gapped,
    is_title,
    own_words,
    terms_in,
    title_words,
)
from videobatch.pipeline.text.definitions import definitions
from videobatch.pipeline.text.sentences import statements
from videobatch.pipeline.text.summary import key_terms
from videobatch.pipeline.text.titles import title_of
from videobatch.pipeline.text.worth import GOOD, announcements, worth
from videobatch.records import Utterance


def talk(*texts: str) -> list[Utterance]:
    return [Utterance(i * 10.0, i * 10 + 9.5, text) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("所谓哈希表就是一种数据结构。", "哈希表"),
        ("我们今天讲的卷积神经网络是一种模型。", "卷积神经网络"),
        ("这个过程叫做反向传播。", "反向传播"),
        ("需求是指在某个价格下购买的数量。", "需求"),
        ("我们把这个值叫做权重。", "权重"),
        ("装载因子是指元素数量与数组长度的比值。", "装载因子"),
        ("红黑树是一种平衡二叉树。", "红黑树"),
        ("HTTP是一种协议。", "http"),
        ("每个特征向量都有一个所属的值，被称为“特征值”。", "特征值"),
        ("“特征基”是指由特征向量构成的一组基。", "特征基"),
        ("雜湊表是一種數據結構。", "雜湊表"),
        # Nothing is defined.
        ("這就是一種辦法。", None),
        ("它是一种方法。", None),
        ("这就是一种办法。", None),
        ("大家好。", None),
        # Where a term begins is not sure: "然" is no small word here, but a part of the name.
        ("最大似然估计是一种方法。", None),
    ],
)
def test_the_term_that_a_sentence_defines(text: str, term: str | None) -> None:
    assert defined_in(text) == term


def test_terms_are_whole_words_and_what_they_make_together() -> None:
    found = {each.text: each.is_joined for each in terms_in("哈希表是计算机里的数据结构。")}
    assert found == {"哈希": False, "哈希表": True, "计算机": False, "数据结构": False}
    # No term goes across a mark.
    assert "误差简称" not in {each.text for each in terms_in("这种误差，简称为损失。")}


def test_a_part_of_a_longer_term_is_no_key_term() -> None:
    lines = talk(
        "链地址法把冲突的键放进链表。",
        "开放地址法寻找下一个位置。",
        "开放地址法不需要链表。",
        "链地址法需要链表。",
    )
    terms = [term.text for term in key_terms(lines, 5)]
    assert "开放地址法" in terms
    assert "链表" in terms
    assert not {"地址", "地址法", "开放"} & set(terms)


def test_a_gap_is_a_whole_word() -> None:
    assert gapped("整数组成了数组。", "数组") == "整数组成了____。"
    assert gapped("整数组成了一列。", "数组") is None
    assert gapped("用Python写的Python程序", "python") == "用____写的____程序"
    assert gapped("哈希表用哈希函数。", "哈希表") == "____用哈希函数。"
    # The unknown word 长方块 is cut into 长 and 方块, 哈希表 into 哈希 and 表.
    assert gapped("这是一个长方块。", "方块") is None
    assert gapped("哈希表很快，哈希不难。", "哈希") == "哈希表很快，____不难。"


def test_a_definition_that_says_only_the_name_takes_the_sentence_that_tells() -> None:
    lines = talk(
        "第一种方法叫做链地址法。",
        "链地址法把冲突的键都放进同一个链表。",
        "第二种方法叫做开放地址法。",
        "今天天气很好，我们出去走走。",
        "两个键得到同一个下标。",
        "这叫做哈希冲突。",
    )
    found = definitions(lines, 9)
    assert [(each.term, each.text) for each in found] == [
        ("链地址法", "链地址法把冲突的键都放进同一个链表。"),
        ("哈希冲突", "两个键得到同一个下标。这叫做哈希冲突。"),
    ]
    assert found[1].lines == (lines[4], lines[5])


def test_a_sentence_that_points_and_tells_all_stands_alone() -> None:
    lines = talk("天气很好。", "这种沿着负梯度的方向反复移动参数的过程称为梯度下降。")
    (found,) = definitions(lines, 9)
    assert (found.term, found.text) == ("梯度下降", lines[1].text)


def test_lines_without_marks_define_terms_too() -> None:
    lines = talk(
        "除了对角元以外其他元素均为零的矩阵被称为对角矩阵",
        "它在很多方面都更容易处理",
        "向量的集合被称为",
        "特征基",
    )
    assert [(each.term, each.text) for each in definitions(lines, 9)] == [
        ("对角矩阵", lines[0].text)
    ]


def test_one_sentence_explains_one_term() -> None:
    lines = talk("哈希表是一种数据结构，这种结构又叫做散列表。", "两个键得到同一个下标。")
    lines += [Utterance(20, 24, "这叫做冲突。"), Utterance(24.5, 28, "这叫做碰撞。")]
    found = definitions(lines, 9)
    used = [line for each in found for line in each.lines]
    assert len(found) >= 2
    assert len(used) == len(set(used))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("什么是哈希表？", True),
        ("为什么自行车不会倒？", True),
        ("它为什么不会倒？", False),
        ("什么是这个？", False),
        ("哈希表是数据结构。", False),
    ],
)
def test_a_question_that_is_a_title(text: str, expected: bool) -> None:
    assert is_title(text) is expected


def test_titles_in_chinese() -> None:
    lines = talk("什么是哈希表？", "哈希表把键放进数组。")
    assert title_of(lines, everywhere={}) == "什么是哈希表"  # type: ignore[arg-type]
    said = talk(*["Redis用哈希表保存数据。", "Redis的哈希表很大。"] * 3)
    titles = [chapter.title for chapter in find_chapters(said, (), 60.0)]
    assert titles[0] == "哈希表、Redis"
    assert len(set(titles)) == 2


def test_what_speaks_of_the_talk_is_worth_less() -> None:
    assert worth("哈希冲突是不可避免的，因为键太多了。", punctuated=True) == 1.0
    for text in (
        "谢谢大家的观看，我们下期再见。",
        "欢迎大家点赞和关注我的频道。",
        "好的，大家好，欢迎。",
    ):
        assert worth(text, punctuated=True) < GOOD
    whole, going_on = "投影的长度就是这个向量的值", "将投影的长度与这个向量相乘的"
    assert worth(whole, punctuated=False) > worth(going_on, punctuated=False)
    found = announcements(
        talk("大家好。", "今天我们要学习哈希表和它的用处。", "上节课我们学习了数组。")
    )
    assert [line.text for line in found] == ["今天我们要学习哈希表和它的用处。"]


def test_words_that_stand_alone_on_slides_are_terms() -> None:
    own = own_words(["红黑树：自平衡", "什么是红黑树", "希尔排序 vs 归并排序", "x", "树"])
    assert own == {"红黑树", "自平衡", "希尔排序", "归并排序"}
    lines = talk("红黑树很快。", "我们用红黑树。", "红黑树是一种平衡树。")
    assert "红黑树" not in {term.text for term in key_terms(lines, 5)}
    assert "红黑树" in {term.text for term in key_terms(lines, 5, own=own)}
    assert gapped("我们用红黑树排序。", "红黑树", own) == "我们用____排序。"


def test_traditional_writing_has_the_same_small_words() -> None:
    found = {each.text for each in terms_in("這個變化的影響作為數字，我們學習神經網路。")}
    assert {"神經網路", "數字"} <= found
    assert not {"影響", "變化", "這個", "作為", "我們"} & found
    assert worth("這個過程我們已經看過了。", punctuated=True) < GOOD
    assert worth("謝謝大家，再見。", punctuated=True) == 0


def test_verbs_with_what_follows_are_terms_only_where_they_return_often() -> None:
    twice = talk("它们张成全空间。", "这些向量张成全空间。", "向量的个数是维数。")
    assert "成全空间" not in {term.text for term in key_terms(twice, 9)}
    often = talk("反向传播很快。", "网络用反向传播。", "反向传播计算梯度。")
    assert "反向传播" in {term.text for term in key_terms(often, 9)}


def test_sentences_of_chinese_cues_are_joined_without_spaces() -> None:
    cues = [
        Utterance(0, 2, "他说，"),
        Utterance(2, 4, "网络用Python，"),
        Utterance(4, 6, "MNIST 数据。"),
    ]
    assert [line.text for line in statements(cues)] == ["他说，网络用Python，MNIST 数据。"]
    heard = [Utterance(0, 4, "先想一个问题， 计算机 怎样查找？")]
    assert [line.text for line in statements(heard)] == ["先想一个问题，计算机 怎样查找？"]
    spaced = [Utterance(0, 2, "Two names get"), Utterance(2, 4, "the same number.")]
    assert [line.text for line in statements(spaced)] == ["Two names get the same number."]


def test_what_a_title_names_and_a_talk_repeats_is_a_term() -> None:
    said = "二分查找很快。二分查找要排序。我们写二分查找。"
    assert title_words("二分查找与它的错误", said) == {"二分查找"}
    assert title_words("二分查找与它的错误", "二分查找很快。") == frozenset()
    assert title_words("Binary search", said) == frozenset()
    found = [term.text for term in terms_in("我们写二分查找。", frozenset({"二分查找"}))]
    assert found == ["二分查找"]


def test_a_number_of_things_and_a_place_within_are_no_terms() -> None:
    assert [term.text for term in terms_in("就是那两句话。")] == []
    assert [term.text for term in terms_in("Java标准库里的数组。") if term.is_joined] == ["标准库"]
    assert gapped("标准库里的数组。", "标准库") == "____里的数组。"


def test_a_chinese_title_is_not_of_latin_names_alone() -> None:
    lines = [
        "Redis和Valkey很像。",
        "Redis快，Valkey也快，数据在内存里。",
        "Valkey来自Redis，内存很大。",
    ]
    (chapter, *_) = find_chapters(talk(*lines), (), 60.0)
    assert chapter.title in ("Redis、数据", "Redis、内存", "Valkey、内存", "Valkey、数据")
    (only, *_) = find_chapters(talk("Redis和Valkey。", "Valkey和Redis。"), (), 60.0)
    assert only.title in ("Redis、Valkey", "Valkey、Redis"), "it has no terms of its own"
