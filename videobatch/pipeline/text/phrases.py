"""The sentences that documents use, in the languages of the templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Phrases:
    """Text around what was found; fields in braces are filled in, escaped, by the builders."""

    part: str
    rough: str
    subtitles: str
    partial: str
    partial_unknown: str
    no_speech: str
    no_sound: str
    audio_without_speech: str
    nothing: str
    other_language: str
    about: str
    fact_source: str
    fact_duration: str
    fact_language: str
    fact_picture: str
    fact_no_picture: str
    fact_sound: str
    fact_no_sound: str
    fact_words: str
    outline: str
    question: str
    answers: str
    term: str
    once: str
    separator: str
    asked: str
    written: str
    unwritten: str
    not_found: str
    some_not_found: str
    slide_title: str
    slide_untitled: str


ENGLISH = Phrases(
    part="Part {number}",
    rough=(
        "**Rough machine transcript.** It was made without a key by {model}; many words are wrong, "
        "and a language that it does not know comes out as nonsense. The times are reliable: check "
        "the video before you quote."
    ),
    subtitles="The text is from {source} that came with the video, not from speech recognition.",
    partial="**Incomplete.** Only {read} of {declared} ({percent} %) could be read: {problem}",
    partial_unknown="**Incomplete.** Only {read} could be read: {problem}",
    no_speech="No speech was recognised in the sound. This document is made from the pictures.",
    no_sound="The file has no sound. This document is made from the pictures.",
    audio_without_speech="No speech was recognised in the sound, and the file has no pictures.",
    nothing="The file has neither sound nor pictures that could be read.",
    other_language="The speech is in another language ({language}) than this document expects.",
    about="It is about {terms}.",
    fact_source="**File:** {name}",
    fact_duration="**Duration:** {duration}",
    fact_language="**Language:** {language}",
    fact_picture="**Picture:** {width} × {height}, {codec}",
    fact_no_picture="**Picture:** none",
    fact_sound="**Sound:** {codec}, {rate} kHz",
    fact_no_sound="**Sound:** none",
    fact_words="**Words:** {words} ({source})",
    outline="{start} to {end}: **{title}**",
    question="Fill the gap ({at}): {text}",
    answers="**Answers:**",
    term="said {count} times, first at {at}",
    once="said once, at {at}",
    separator=", ",
    asked="{text} ({at})",
    written=(
        "Written by the language model {model} from what was said; the times tell where. Check the "
        "video before you quote."
    ),
    unwritten=(
        "The language model {model} gave no usable answer, so this document was put together from "
        "what was said, without it."
    ),
    not_found="not found in the video",
    some_not_found=("{missing} of {count} statements were not found in the video; each is marked."),
    slide_title="On the slide: **{title}**",
    slide_untitled="On the slide:",
)

CHINESE = Phrases(
    part="第 {number} 部分",
    rough=(
        "**机器转写，仅供参考。** 由 {model} 在本机生成，未使用密钥；错字较多，"
        "它不懂的语言不可用；中文语音建议使用 small 或更大的模型。时间可靠，引用前请对照视频。"
    ),
    subtitles="文字来自视频自带的字幕（{source}），不是语音识别的结果。",
    partial="**内容不完整。** 共 {declared}，只读到 {read}（{percent} %）：{problem}",
    partial_unknown="**内容不完整。** 只读到 {read}：{problem}",
    no_speech="声音中没有识别出语音。本文档根据画面生成。",
    no_sound="文件没有声音。本文档根据画面生成。",
    audio_without_speech="声音中没有识别出语音，文件也没有画面。",
    nothing="文件中没有可读取的声音或画面。",
    other_language="语音的语言（{language}）与本文档所要求的不同。",
    about="主题：{terms}。",
    fact_source="**文件：** {name}",
    fact_duration="**时长：** {duration}",
    fact_language="**语言：** {language}",
    fact_picture="**画面：** {width} × {height}，{codec}",
    fact_no_picture="**画面：** 无",
    fact_sound="**声音：** {codec}，{rate} kHz",
    fact_no_sound="**声音：** 无",
    fact_words="**字数：** {words}（{source}）",
    outline="{start} 至 {end}：**{title}**",
    question="填空（{at}）：{text}",
    answers="**答案：**",
    term="出现 {count} 次，首次在 {at}",
    once="出现一次，在 {at}",
    separator="、",
    asked="{text}（{at}）",
    written="由语言模型 {model} 根据语音内容撰写，时间标明出处。引用前请对照视频。",
    unwritten="语言模型 {model} 没有给出可用的结果，本文档直接由语音内容整理而成。",
    not_found="视频中未找到",
    some_not_found="{count} 条陈述中有 {missing} 条在视频中未找到，已逐条标出。",
    slide_title="幻灯片：**{title}**",
    slide_untitled="幻灯片：",
)

PHRASES: Mapping[str, Phrases] = MappingProxyType({"en": ENGLISH, "zh": CHINESE})
