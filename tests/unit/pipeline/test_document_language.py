"""The language of a document: headings, labels and notes in one language, and no half word."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pipeline.test_document import FRAMES, MATERIAL, TALK, front_matter
from tests.unit.pipeline.test_document import LECTURE as TIDES_SAID
from videobatch.errors import SettingsError
from videobatch.media.container.streams import stops_early
from videobatch.pipeline.document import Document, compose
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.written import (
    Written,
    WrittenChapter,
    WrittenQuestion,
    WrittenStatement,
    WrittenTerm,
)
from videobatch.pipeline.templates import (
    Template,
    check_params,
    document_language,
    load_templates,
    wished_language,
)
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.text.sentences import statements, tokens_of, words
from videobatch.records import Coverage, Remark, RemarkCode, Transcript, Utterance

TEMPLATES = load_templates()
HAN = re.compile(r"[\u4e00-\u9fff]")
LECTURE = (
    "大家好，欢迎来到数据结构课程。",
    "今天我们要学习哈希表，以及它为什么能这么快地找到一条记录。",
    "计算机怎样在几百万个名字里找到其中一个？",
    "如果名字放在数组里，计算机只能从头到尾一个一个地比较。",
    "如果名字排好了顺序，就可以用二分查找，每次去掉一半。",
    "所谓哈希表就是一种数据结构，它把键直接映射到数组中的位置。",
    "负责计算位置的函数叫做哈希函数。",
    "哈希函数把任意长度的键变成一个固定范围内的整数。",
    "好的哈希函数应该让不同的键均匀地分布在整个数组里。",
    "两个不同的键得到同一个下标，这种情况称为哈希冲突。",
    "哈希冲突是不可避免的，因为键的数量远远多于数组的位置。",
    "第一种方法叫做链地址法。",
    "链地址法在数组的每个位置上放一个链表，冲突的键都挂在同一个链表上。",
    "开放地址法在发生冲突时，沿着数组继续寻找下一个空位置。",
    "装载因子是指元素数量与数组长度的比值。",
    "装载因子越大，哈希冲突就越多，查找也就越慢。",
    "扩大数组以后，所有的元素都要重新计算位置。",
    "这个过程叫做再哈希。",
    "缓存系统Redis的核心就是一个很大的哈希表。",
    "二分查找的时间复杂度是对数级别，但是插入一个新名字要移动很多元素。",
    "比如可以把字符串的每个字符的编码加起来，再对数组的长度取余数。",
    "当装载因子超过零点七五时，很多语言的标准库会把数组扩大一倍。",
    "最坏的情况下，所有的键都落在同一个位置，哈希表就退化成链表。",
    "为了防止攻击，Python在每次启动时给哈希函数加入一个随机的种子。",
    "哈希表的另一个缺点是它不保存元素的顺序。",
    "如果需要按顺序遍历，应该使用平衡二叉树。",
    "平衡二叉树的查找时间是对数级别，但是可以按顺序给出所有元素。",
    "谢谢大家，再见。",
)
TOLD = (
    remark(RemarkCode.NO_WORDS, lambda say: say.tell("no_words", sound="01:00")),
    remark(
        RemarkCode.SLIDES_BUDGET,
        lambda say: say.tell("slides_budget", read=2, count=9, why="of 2 at most"),
    ),
)


def chinese(
    texts: tuple[str, ...] | list[str], step_s: float = 9.0, language: str | None = "zh"
) -> Material:
    said = tuple(Utterance(i * step_s, i * step_s + 8.5, text) for i, text in enumerate(texts))
    duration_s = len(texts) * step_s
    return replace(
        MATERIAL,
        name="课程/第一讲.mkv",
        transcript=Transcript(language, "subtitles (lecture.srt)", said),
        coverage=Coverage(duration_s, duration_s),
        scene_changes_s=(duration_s / 3, duration_s / 1.5),
        remarks=TOLD,
    )


def made(
    material: Material, template: str | Template = "summary_report", wished: str | None = None
) -> Document:
    chosen = TEMPLATES[template] if isinstance(template, str) else template
    return compose(chosen, check_params(chosen, {}), material, None, wished)


def body_of(document: Document) -> str:
    return document.markdown.split("\n---\n", 1)[1].split("\n## 全文")[0]


def around(body: str) -> list[str]:
    """Headings, labels, notes and captions: what was not said."""
    found = re.findall(r"^#{2,3} (?:[\d:]+ )?(.+)$", body, re.MULTILINE)
    found += re.findall(r"^> (.+)$", body, re.MULTILINE)
    found += re.findall(r"^- \*\*(.+?)\*\*", body, re.MULTILINE)
    found += re.findall(r"^\*\*(.+?)\*\*$", body, re.MULTILINE)
    found += re.findall(r"!\[(.+?)\]", body)
    return [each for each in found if not re.fullmatch(r"[\d:]+", each)]


def quoted(body: str) -> list[str]:
    """The statements of the sections, gaps filled with their answers."""
    found = re.findall(r"^(?:- )?\*\*[\d:]+\*\* (.+?)\s*$", body, re.MULTILINE)
    asked = re.findall(r"^\d+\. .+? ?[（(][\d:]+[)）][:：] ?(.+)$", body, re.MULTILINE)
    below = re.split(r"\*\*(?:答案：|Answers:)\*\*", body)[-1]
    answers = re.findall(r"^\d+\. (.+)$", below, re.MULTILINE)
    found += [
        text.replace(r"\_\_\_\_", answer) for text, answer in zip(asked, answers, strict=False)
    ]
    found += re.findall(r"^- \*\*.+?\*\* ?[（(][\d:]+[)）][:：] ?(.+)$", body, re.MULTILINE)
    headings = "概述|概要|Overview|In short"
    for paragraph in re.findall(rf"^## (?:{headings})\n\n((?!\*\*).+)$", body, re.MULTILINE):
        found += [each for each in re.split(r" ?[（(][\d:]+[)）][。？！.?!]? ?", paragraph) if each]
    return found


def assert_nothing_twice(body: str) -> None:
    bags = [frozenset(words(text)) for text in quoted(body)]
    for place, bag in enumerate(bags):
        for other in bags[:place]:
            assert len(bag & other) < 0.8 * len(bag | other), (bag, other)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(TIDES_SAID), min_size=1, max_size=70),
    st.sampled_from(["summary_report", "comprehensive_lesson"]),
    st.sampled_from([3.0, 9.0, 20.0]),
)
def test_an_english_document_says_nothing_twice(
    texts: list[str], template: str, step_s: float
) -> None:
    document = made(chinese(texts, step_s, "en"), template)
    assert document.written_in == "en"
    assert_nothing_twice(document.markdown.split("\n---\n", 1)[1].split("\n## Transcript")[0])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(LECTURE), min_size=1, max_size=70),
    st.sampled_from(sorted(TEMPLATES)),
    st.sampled_from([3.0, 9.0, 20.0]),
)
def test_a_chinese_document_is_chinese_and_says_nothing_twice(
    texts: list[str], template: str, step_s: float
) -> None:
    material = chinese(texts, step_s)
    body = body_of(made(material, template))
    for text in around(body):
        assert HAN.search(text) or text == "Redis", text
    assert_nothing_twice(body)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(LECTURE), min_size=12, max_size=70))
def test_no_term_title_or_gap_is_half_a_word(texts: list[str]) -> None:
    material = chinese(texts, 12.0)
    document = made(material, "comprehensive_lesson")
    assert material.transcript
    whole: set[str] = set()
    for line in statements(material.transcript.utterances):
        found = [token.text for token in tokens_of(line.text)]
        for start in range(len(found)):
            for end in range(start + 1, start + 6):
                whole.add("".join(found[start:end]))
        whole.add(line.text.rstrip("？").lower())
    body = body_of(document)
    terms = re.findall(r"^- \*\*(\D+?)\*\*（", body, re.MULTILINE)
    for title in (chapter.title for chapter in document.chapters):
        if not re.fullmatch(r"第 \d+ 部分", title):
            terms += [title] if title.lower() in whole else title.split("、")
    if "**答案：**" in body:
        terms += re.findall(r"^\d+\. (.+)$", body.split("**答案：**")[1], re.MULTILINE)
    for term in terms:
        assert term.lower() in whole, term
        assert not term.startswith("地址"), "a part of 链地址法 and 开放地址法"


def test_the_chinese_lesson() -> None:
    document = made(chinese(LECTURE), "comprehensive_lesson")
    body = body_of(document)
    assert re.findall(r"^## (.+)$", body, re.MULTILINE) == [
        "视频信息", "学习目标", "目录", "概要", "讲义", "术语表", "复习题",
    ]  # fmt: skip
    objectives = body.split("## 学习目标\n")[1].split("\n## ")[0].strip()
    assert objectives.endswith("今天我们要学习哈希表，以及它为什么能这么快地找到一条记录。")
    glossary = dict(re.findall(r"^- \*\*(.+?)\*\*（[\d:]+）：(.+)$", body, re.MULTILINE))
    assert glossary.keys() >= {"哈希表", "哈希函数", "链地址法", "装载因子"}
    assert len(set(glossary.values())) == len(glossary)
    assert glossary["链地址法"].startswith("链地址法在数组的每个位置上放一个链表")
    assert "有 01:00 的声音，但没有识别出任何词语。" in body
    assert front_matter(document)["document_language"] == "zh"
    assert document.written_in == "zh"


def test_a_short_video_gets_few_sections() -> None:
    short = chinese(LECTURE[:9], 5.0)
    headings = {
        name: re.findall(r"^## (.+)$", body_of(made(short, name)), re.MULTILINE)
        for name in TEMPLATES
    }
    assert headings["summary_report"] == ["视频信息", "概述", "章节"]
    assert headings["comprehensive_lesson"] == ["视频信息", "学习目标", "概要", "讲义", "术语表"]
    assert headings["chinese_transcript"] == ["视频信息"]


@pytest.mark.parametrize(
    ("given", "spoken", "expected"),
    [
        (None, "zh", "zh"),
        (None, "en", "en"),
        (None, "fr", "en"),
        (None, None, "en"),
        ("zh", "en", "zh"),
        ("zh-CN", "en", "zh"),
        ("zh-Hans-TW", "en", "zh"),
        ("Chinese", None, "zh"),
        ("en-GB", "zh", "en"),
    ],
)
def test_the_language_of_a_document(given: str | None, spoken: str | None, expected: str) -> None:
    for name in ("summary_report", "comprehensive_lesson"):
        template = TEMPLATES[name]
        assert document_language(template, wished_language(template, given), spoken) == expected


def test_the_chinese_transcript_is_always_chinese() -> None:
    template = TEMPLATES["chinese_transcript"]
    assert wished_language(template, "zh") is None, "the same document, made once"
    assert document_language(template, None, "en") == "zh"
    with pytest.raises(SettingsError, match=r"no headings in 'en': it has them in Chinese \(zh\)"):
        wished_language(template, "en")


@pytest.mark.parametrize("given", ["fr", "zh-Hant", "zh-TW", "", "und", "no such language"])
def test_a_language_without_headings_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match=r"English \(en\) and Chinese \(zh\)") as caught:
        wished_language(TEMPLATES["summary_report"], given)
    assert "--language" in caught.value.hint


OWN = """\
name: own
title: Own
description: A template of a user
sections:
  - {id: points, title: TITLE, kind: key_points}
body: |
  {% for part in sections %}
  ## {{ part.title }}

  {{ part.text }}
  {% endfor %}
"""


@pytest.mark.parametrize(
    ("title", "top", "languages", "heading"),
    [
        ("Points", "", ("en",), "Points"),
        ("要点", "language: zh\n", ("zh",), "要点"),
        ("{en: Points, zh: 要点}", "", ("en", "zh"), "要点"),
        ("{en: Points, zh: 要点}", "language: en\n", ("en",), "Points"),
        ("{zh: 要点}", "", ("zh",), "要点"),
    ],
)
def test_a_users_template_says_its_languages(
    tmp_path: Path, title: str, top: str, languages: tuple[str, ...], heading: str
) -> None:
    (tmp_path / "own.yaml").write_text(top + OWN.replace("TITLE", title), encoding="utf-8")
    template = load_templates([tmp_path])["own"]
    assert template.languages == languages
    document = made(chinese(LECTURE), template)
    assert document.written_in == languages[-1]
    assert f"## {heading}\n" in document.markdown


def test_headings_without_a_common_language_are_refused(tmp_path: Path) -> None:
    second = "  - {id: more, title: {zh: 更多}, kind: key_points}\nbody"
    text = OWN.replace("TITLE", "{en: Points}").replace("body", second, 1)
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="no language in common"):
        load_templates([tmp_path])


def notes_in(material: Material, wished: str | None, template: str = "summary_report") -> str:
    return "\n".join(made(replace(material, remarks=()), template, wished).notes)


def test_another_language_than_the_document_is_told_once_and_quoted_as_it_is() -> None:
    good = replace(MATERIAL, transcript=replace(TALK, source="whisper small", rough=False))
    assert notes_in(good, None) == ""
    assert notes_in(good, "zh").count("（en）") == 1
    assert "## 要点" in made(good, wished="zh").markdown
    assert "Water number" in made(good, wished="zh").markdown
    wished = made(replace(good, remarks=()), wished="zh")
    assert [each.code for each in wished.remarks] == [RemarkCode.OTHER_LANGUAGE]
    assert wished.remarks[0].message not in wished.markdown, "the note says it"
    assert made(replace(good, remarks=())).remarks == ()
    french = replace(good, transcript=replace(TALK, language="fr", rough=False, source="whisper"))
    assert "in its own language (fr)" in notes_in(french, None)
    assert "in its own language (zh)" in notes_in(chinese(LECTURE), "en")


def test_subtitles_that_name_no_language_are_told_by_their_script() -> None:
    assert made(chinese(LECTURE, language=None)).written_in == "zh"
    english = replace(TALK, language=None, source="subtitles (a.srt)", rough=False)
    unnamed = replace(MATERIAL, transcript=english)
    assert made(unnamed).written_in == "en"
    assert "语音似乎不是中文" in notes_in(unnamed, None, "chinese_transcript")
    told = made(replace(unnamed, remarks=()), "chinese_transcript").remarks
    assert [each.code for each in told] == [RemarkCode.OTHER_LANGUAGE]
    assert "does not seem to be in the language" in told[0].message
    assert "语音似乎不是中文" not in notes_in(chinese(LECTURE, language=None), None)


def test_remarks_of_before_stand_as_they_were_told() -> None:
    old = replace(chinese(LECTURE), remarks=(Remark(RemarkCode.GAP, "some words are missing"),))
    assert "Some words are missing." in made(old).notes


@pytest.mark.parametrize("read_s", [0.0, 90.0])
def test_a_file_that_stops_early_is_told_of_in_the_language(read_s: float) -> None:
    problem = stops_early(400.0, read_s)
    material = replace(chinese(LECTURE), coverage=Coverage(400.0, read_s, problem), remarks=())
    note = made(material, wished="zh").notes[0]
    assert problem not in note
    assert "文件" in note
    assert problem in made(material, wished="en").notes[0], "both say the same in English"


def test_pictures_have_captions_in_the_language() -> None:
    silent = replace(chinese(LECTURE), transcript=None)
    assert f"![画面 00:00](keyframes/{FRAMES[0].name})" in made(silent, wished="zh").markdown
    assert f"![at 00:00](keyframes/{FRAMES[0].name})" in made(silent).markdown


@pytest.mark.parametrize("is_usable", [True, False])
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_what_stands_around_a_models_writing_is_chinese(template: str, is_usable: bool) -> None:
    said = (WrittenStatement(9.0, 9.0, "哈希表把键映射到位置。"),)
    written = Written(
        writer="stub pen-1",
        is_usable=is_usable,
        overview=said,
        key_points=said,
        chapters=(WrittenChapter(0.0, "哈希表", said),),
        terms=(WrittenTerm(9.0, "哈希表", "一种数据结构"),),
        objectives=said,
        questions=(WrittenQuestion(9.0, "什么是哈希表？", "一种数据结构。"),),
        remarks=TOLD,
    )
    chosen = TEMPLATES[template]
    document = compose(chosen, check_params(chosen, {}), chinese(LECTURE), written, None)
    for text in around(body_of(document)):
        assert HAN.search(text), text
    assert any("stub pen-1" in note for note in document.notes)
