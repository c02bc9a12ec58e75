"""Documents: what they say of their source, and that media text does nothing in them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.pipeline.document import Document, compose
from videobatch.pipeline.sections.kinds import build
from videobatch.pipeline.sections.material import Findings, Material
from videobatch.pipeline.templates import check_params, load_templates
from videobatch.pipeline.text.phrases import PHRASES
from videobatch.records import (
    AudioTrack,
    Coverage,
    FrameRef,
    Probe,
    Remark,
    RemarkCode,
    Transcript,
    Utterance,
    VideoTrack,
)

TEMPLATES = load_templates()
VIDEO = VideoTrack(0, "h264", 1280, 720, 0, 25.0)
AUDIO = AudioTrack(1, "aac", 44_100, 2, None)
PROBE = Probe("matroska", 400.0, 10_000, "ab" * 32, VIDEO, AUDIO)
WATER = [Utterance(i * 20.0, i * 20 + 15, f"Water number {i} fills the river") for i in range(10)]
ENGINE = [
    Utterance(u.start_s + 203, u.end_s + 203, f"The engine burns fuel {i} times")
    for i, u in enumerate(WATER)
]
TALK = Transcript("en", "pocketsphinx en-us", (*WATER, *ENGINE), rough=True)
FRAMES = (FrameRef(0.0, "0001.jpg"), FrameRef(100.0, "0002.jpg"), FrameRef(250.0, "0003.jpg"))
MATERIAL = Material(
    name="course/lecture one.mkv",
    probe=PROBE,
    coverage=Coverage(400.0, 400.0),
    transcript=TALK,
    frames=FRAMES,
    scene_changes_s=(100.0, 202.0),
    created=date(2026, 3, 14),
    software="videobatch 0.1.0",
)
SILENT = replace(MATERIAL, transcript=None, probe=replace(PROBE, audio=None))


def made(material: Material = MATERIAL, template: str = "summary_report", **given: str) -> Document:
    chosen = TEMPLATES[template]
    return compose(chosen, check_params(chosen, given), material)


def front_matter(document: Document) -> dict[str, Any]:
    match = re.match(r"---\n(.*?)\n---\n", document.markdown, re.DOTALL)
    assert match
    fields = yaml.safe_load(match.group(1))
    assert isinstance(fields, dict)
    return fields


def test_remarks_stand_in_the_record_and_at_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    remark = Remark(RemarkCode.WRITER_UNUSABLE, "one *thing* to know")
    monkeypatch.setattr("videobatch.pipeline.document.NOTED", frozenset())
    found = made(replace(MATERIAL, remarks=(remark,)))
    assert found.remarks == (remark,)
    assert "One \\*thing\\* to know." in found.markdown.split("\n## ")[0]


def headings(document: Document) -> list[str]:
    return re.findall(r"^## (.+)$", document.markdown, re.MULTILINE)


def test_front_matter() -> None:
    assert front_matter(made()) == {
        "title": "lecture one",
        "source": "course/lecture one.mkv",
        "created": date(2026, 3, 14),
        "duration": "06:40",
        "language": "en",
        "document_language": "en",
        "template": "summary_report",
        "transcript": "pocketsphinx en-us",
        "rough": True,
        "partial": False,
        "tags": ["videobatch", "summary"],
        "generator": "videobatch 0.1.0",
    }


def test_the_report() -> None:
    document = made()
    assert headings(document) == ["About this video", "Overview", "Key points", "Chapters"]
    chapters = document.markdown.split("## Chapters")[1]
    assert chapters.index("![at 00:00](keyframes/0001.jpg)") < chapters.index("- **0")
    assert chapters.index("### 03:23") < chapters.index("![at 04:10](keyframes/0003.jpg)")
    assert document.words == 20 * 6
    assert made() == document, "equal material gives an equal document"


def test_every_statement_has_its_time() -> None:
    times = {f"{int(u.start_s) // 60:02d}:{int(u.start_s) % 60:02d}": u for u in TALK.utterances}
    for name in ("summary_report", "comprehensive_lesson"):
        lines = made(template=name, transcript="yes").markdown.split("\n")
        said = [line for line in lines if re.search(r"^(- )?\*\*\d\d:\d\d\*\* ", line)]
        assert len(said) > len(TALK.utterances)
        for line in said:
            match = re.search(r"\*\*(\d\d:\d\d)\*\* (.*?)\s*$", line)
            assert match
            assert times[match.group(1)].text == match.group(2)


LECTURE = (
    "Today we will look at the tides of the ocean.",
    "The moon pulls more strongly on the nearer side of the earth.",
    "So what is that?",
    "The difference between these pulls is a tidal force.",
    "And the water bulges",
    "on both sides of the earth.",
    "The tidal force of the sun is a little smaller.",
    "When sun and moon pull along one line, the tides are largest.",
    "This is called a spring tide.",
    "A narrow bay leaves the water nowhere to go.",
    "Some bays in Canada have tides of sixteen metres.",
    "A power plant stores the water behind a dam at high tide.",
    "The dam changes the life of the whole bay.",
    "Tides come from differences of gravity.",
)
SAID = tuple(Utterance(i * 5.0, i * 5 + 4.8, text) for i, text in enumerate(LECTURE))
TIDES = replace(
    MATERIAL,
    transcript=Transcript("en", "whisper base", SAID),
    coverage=Coverage(70.0, 70.0),
    scene_changes_s=(20.0, 44.0),
)


@pytest.mark.parametrize("template", ["summary_report", "comprehensive_lesson"])
def test_nothing_is_said_twice_in_a_short_document(template: str) -> None:
    document = made(TIDES, template)
    body = document.markdown.split("\n## Transcript")[0].split("\n## Glossary")[0]
    counts = {text: body.count(text.rstrip(".?")) for text in LECTURE}
    assert max(counts.values()) == 1
    assert counts["So what is that?"] == 0
    assert 6 <= sum(counts.values()) <= 12
    assert made(TIDES, template) == document


def test_the_overview_is_a_paragraph_of_whole_sentences_with_their_times() -> None:
    overview = made(TIDES).markdown.split("## Overview\n")[1].split("\n## ")[0].strip()
    assert "\n" not in overview
    assert overview.startswith("Today we will look at the tides of the ocean (00:00). ")
    assert re.search(r"\(00:\d\d\)\.$", overview)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LECTURE), st.floats(0, 4)), min_size=1, max_size=60))
def test_each_section_quotes_what_was_said_and_what_no_other_has_shown(
    said: list[tuple[str, float]],
) -> None:
    at_s, heard = 0.0, []
    for text, pause_s in said:
        heard.append(Utterance(at_s, at_s + 4, text))
        at_s += 4 + pause_s
    transcript = Transcript("en", "whisper base", tuple(heard))
    findings = Findings(replace(TIDES, transcript=transcript), PHRASES["en"])
    shown: list[Utterance] = []
    for section in TEMPLATES["comprehensive_lesson"].sections:
        shown += build(section.kind, section.id, findings, {}, shown).quoted
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(findings.lines)


def test_a_lesson_leaves_out_what_it_cannot_do_well() -> None:
    lesson = made(TIDES, "comprehensive_lesson").markdown
    objectives = lesson.split("## Objectives\n")[1].split("\n## ")[0].strip()
    assert objectives == "- **00:00** Today we will look at the tides of the ocean."
    glossary = lesson.split("## Glossary\n")[1].split("\n## ")[0].strip()
    assert glossary == (
        "- **spring tide** (00:35): When sun and moon pull along one line, the tides are largest. "
        "This is called a spring tide."
    )


def test_chapters_of_slides_are_named_by_what_is_said() -> None:
    titles = [chapter.title for chapter in made(TIDES).chapters]
    assert len(titles) == 3
    assert not any("," in title or title.startswith("Part") for title in titles)


def test_the_transcript_follows_when_wanted() -> None:
    assert "Transcript" not in headings(made())
    assert headings(made(transcript="true"))[-1] == "Transcript"
    text = made(transcript="true").markdown.split("## Transcript")[1]
    assert all(u.text in text for u in TALK.utterances)


def test_the_lesson() -> None:
    good = replace(MATERIAL, transcript=replace(TALK, source="whisper small", rough=False))
    document = made(good, "comprehensive_lesson")
    assert headings(document) == [
        "About this video",
        "Outline",
        "In short",
        "Lesson notes",
        "Questions for review",
        "Transcript",
    ]
    questions, answers = document.markdown.split("## Questions")[1].split("**Answers:**")
    gaps = re.findall(r"^\d+\. Fill the gap \(\d\d:\d\d\): (.*)$", questions, re.MULTILINE)
    solved = re.findall(r"^\d+\. (.*)$", answers.split("##")[0], re.MULTILINE)
    assert len(gaps) == len(solved) > 0
    spoken = {u.text.lower() for u in TALK.utterances}
    for gap, answer in zip(gaps, solved, strict=True):
        assert gap.replace(r"\_\_\_\_", answer).lower() in spoken


def test_words_that_are_mostly_wrong_make_no_questions_and_no_terms() -> None:
    rough = replace(TIDES, transcript=Transcript("en", "pocketsphinx en-us", SAID, rough=True))
    assert "Glossary" in headings(made(TIDES, "comprehensive_lesson"))
    assert "Glossary" not in headings(made(rough, "comprehensive_lesson"))
    assert "Questions for review" not in headings(made(template="comprehensive_lesson"))


def test_the_chinese_transcript_of_chinese_subtitles() -> None:
    cues = tuple(Utterance(i * 4.0, i * 4 + 3.9, f"水流进了第{i}条河。") for i in range(30))
    subtitles = Transcript("zh-Hans", "subtitles (lecture.zh.srt)", cues)
    document = made(replace(MATERIAL, transcript=subtitles), "chinese_transcript")
    assert headings(document) == ["视频信息", "目录", "全文"]
    assert "字幕（lecture.zh.srt）" in document.notes[0]
    assert len(document.notes) == 1
    assert "**00:00** 水流进了第0条河。水流进了第1条河。" in document.markdown
    assert document.language == "zh-Hans"
    assert front_matter(document)["rough"] is False


def test_another_language_than_the_template_wants_is_said() -> None:
    document = made(template="chinese_transcript")
    assert any("（en）" in note for note in document.notes)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (None, None),
        ("", None),
        ("und", None),
        ("chi", "zh"),
        ("zho", "zh"),
        ("zh_Hans", "zh-Hans"),
        ("ENG", "en"),
        ("en-US", "en-US"),
        ("nld", "nl"),
        ("ksh", "ksh"),
    ],
)
def test_languages_are_named_alike(code: str | None, expected: str | None) -> None:
    assert replace(MATERIAL, transcript=replace(TALK, language=code)).language == expected


NO_PICTURES = replace(MATERIAL, frames=(), probe=replace(PROBE, video=None))


@pytest.mark.parametrize(
    ("material", "says"),
    [
        (MATERIAL, "Rough machine transcript"),
        (replace(MATERIAL, transcript=replace(TALK, source="subtitles (a.srt)", rough=False)),
         "The text is from subtitles (a.srt) that came with the video, not from speech"),
        (replace(MATERIAL, coverage=Coverage(400.0, 90.0, "the file is cut off")),
         "Only 01:30 of 06:40 (22 %) could be read: the file is cut off"),
        (replace(MATERIAL, coverage=Coverage(0.0, 90.0, "the file is cut off")),
         "Only 01:30 could be read: the file is cut off"),
        (SILENT, "The file has no sound. This document is made from the pictures."),
        (replace(MATERIAL, transcript=replace(TALK, utterances=())),
         "No speech was recognised in the sound. This document is made from the pictures."),
        (replace(NO_PICTURES, transcript=None),
         "No speech was recognised in the sound, and the file has no pictures."),
        (replace(NO_PICTURES, transcript=None, probe=replace(PROBE, video=None, audio=None)),
         "The file has neither sound nor pictures that could be read."),
    ],
)  # fmt: skip
def test_it_says_what_a_reader_must_know(material: Material, says: str) -> None:
    for template in ("summary_report", "comprehensive_lesson"):
        assert says in made(material, template).markdown.replace("**", "").replace("\\", "")
    assert made(material, "chinese_transcript").notes


def test_a_good_transcript_needs_no_warning() -> None:
    good = replace(MATERIAL, transcript=replace(TALK, source="whisper small", rough=False))
    assert made(good).notes == ()


def test_a_silent_video_becomes_its_pictures() -> None:
    for template in TEMPLATES:
        document = made(SILENT, template)
        assert len(headings(document)) == 2
        images = re.findall(r"!\[(?:at|画面) (\d\d:\d\d)\]\((.*?)\)", document.markdown)
        assert images == [
            ("00:00", "keyframes/0001.jpg"),
            ("01:40", "keyframes/0002.jpg"),
            ("04:10", "keyframes/0003.jpg"),
        ]
        assert "transcript" not in front_matter(document)


def test_a_file_with_neither_still_gets_a_document() -> None:
    empty = Material(
        name="x.mp4",
        probe=Probe("mov", 0.0, 9, "", None, None),
        coverage=Coverage(0.0, 0.0),
        transcript=None,
        frames=(),
        scene_changes_s=(),
        created=date(2026, 1, 1),
        software="videobatch",
    )
    for template in TEMPLATES:
        document = made(empty, template)
        assert document.chapters == ()
        assert len(headings(document)) == 1
        assert front_matter(document)["duration"] == "00:00"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_hostile_media_text_does_nothing(text: str, template: str) -> None:
    """Every text that a file can carry, in every template."""
    spoken = tuple(
        Utterance(u.start_s, u.end_s, f"{text} {u.text} {text}") for u in TALK.utterances
    )
    material = replace(
        MATERIAL,
        name=f"folder/{text}.mkv",
        probe=replace(
            PROBE,
            title=text,
            video=replace(VIDEO, codec=text[:50]),
            audio=replace(AUDIO, codec=text[:50], language=text),
        ),
        transcript=Transcript(text[:20], f"subtitles {text}", spoken),
        coverage=Coverage(400, 90, text),
    )
    document = made(material, template)
    fields = front_matter(document)
    known = front_matter(made(template=template)).keys()
    assert fields.keys() <= known
    assert fields["template"] == template
    assert fields["tags"][0] == "videobatch"
    body = document.markdown.split("\n---\n", 1)[1]
    blocks = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(body)
    inline = [child for block in blocks for child in block.children or []]
    # The mind map is the only fence, and our own.
    fences = [token.info for token in blocks if token.type == "fence"]
    assert fences == ["mermaid"] * (template == "flash_cards")
    kinds = {token.type for token in [*blocks, *inline]} - {"fence"}
    assert not kinds & {
        "html_block", "html_inline", "link_open", "code_inline", "code_block", "fence",
        "em_open", "s_open", "hr", "table_open", "lheading_open",
    }  # fmt: skip
    sources = [str(token.attrs["src"]) for token in inline if token.type == "image"]
    assert all(re.fullmatch(r"keyframes/000\d\.jpg", source) for source in sources)
    tags = {token.tag for token in blocks if token.type == "heading_open"}
    assert tags <= {"h1", "h2", "h3"}
    document.markdown.encode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", body)


def test_a_users_own_template(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        """\
name: own
title: Own
description: Points and pictures only
parameters:
  tone: {type: str, default: "[[x]]"}
sections:
  - {id: words, title: Words, kind: key_terms, options: {count: 2}}
  - {id: stills, title: Stills, kind: keyframes, options: {only_without_speech: false, most: 2}}
body: |
  {{ title }} ({{ duration }}, {{ source }}, {{ language }}) {{ params.tone }}
  {% if section.words.text %}{{ section.words.text }}{% endif %}

  {{ stamp(75) }} {{ sections | length }}
""",
        encoding="utf-8",
    )
    template = load_templates([tmp_path])["own"]
    document = compose(template, check_params(template, {}), MATERIAL)
    body = document.markdown.split("\n---\n", 1)[1].strip()
    assert body.startswith("lecture one (06:40, course/lecture one.mkv, en) \\[\\[x\\]\\]")
    assert "- **burns fuel**: said 10 times, first at 03:23" in body
    assert body.endswith("01:15 2")
