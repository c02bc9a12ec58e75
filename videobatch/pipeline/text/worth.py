"""The worth of a sentence that stands alone: rules of thumb for English, a few for Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from videobatch.pipeline.text.cutting import CJK, CLOSERS, is_ended
from videobatch.pipeline.text.segmenter import simplified
from videobatch.pipeline.text.sentences import CACHED, subject_words, words
from videobatch.records import Utterance

# Below this, a sentence is quoted only where there is nothing better.
GOOD = 0.5
MOST_OPENING = 25
LEAST_WORDS, LEAST_CJK = 4, 6
LONG_WORDS, TOO_LONG_WORDS, LONG_CJK = 40, 60, 100
# The rest of a sentence that begins so hangs on the one before.
CONNECTIVES = (
    r"so|and|but|or|now|well|okay|ok|then|because|also|again|yeah|right|alright|all right|anyway"
    r"|however|therefore|thus|hence|instead|otherwise|in fact|of course|for example|for instance"
    r"|in other words|that is|which|who|whose|where|like|actually|basically|similarly|likewise"
)
CONNECTED = re.compile(rf"^(?:(?:{CONNECTIVES})\b[,\s]*)+", re.IGNORECASE)
POINTING = re.compile(
    r"^(?:it|this|that|they|these|those|he|she|him|her|them|its|their|his|one|both|here"
    r"|there['’](?:s|ll)|if it|when it|as it)\b(?!\s+of\b)",
    re.IGNORECASE,
)
SPEAKING = re.compile(
    r"\b(?:thank you|thanks|subscribe|welcome|see you|hello|good (?:morning|afternoon|evening)|bye"
    r"|(?:next|last|previous|this|another) (?:video|lecture|class|time|slide|chapter|section"
    r"|episode)"
    r"|any questions|homework|quiz|please|let['’]?s|let me|you guys|i think|i guess|i mean|you know"
    r"|i want"
    r"|i['’](?:m|ll|ve|d)|(?:we|you)['’](?:re going|ll see|ll learn)"
    r"|going to (?:talk|look|see|start)"
    r"|as i said|remember that|you see|you can see|right here|over here|as you can|by the way"
    r"|don['’]t worry|no idea|um|uh)\b",
    re.IGNORECASE,
)
NEAR_BY = re.compile(
    r"\b(?:here|this one|that one|these ones|over there|down there|up there)\b", re.IGNORECASE
)
# A whole sentence in brackets is said aside.
ASIDE = re.compile(r"^[(（].*[)）][.。]?$")
# What takes away from a statement wherever it stands, and how much it leaves.
FAULTS = ((SPEAKING, 0.4), (NEAR_BY, 0.7), (re.compile(r"\bI\b"), 0.7), (ASIDE, 0.4))
# Where a speaker says what the talk is going to be about.
ANNOUNCED = re.compile(
    r"\b(?:today|in (?:this|today['’]s) (?:video|lecture|talk|lesson|course|section|chapter|part"
    r"|tutorial|unit|module|session|episode)"
    r"|(?:this|today['’]s) (?:video|lecture|talk|lesson|course|chapter)"
    r"|(?:the|my|our) (?:goal|aim|topic|subject|purpose) (?:here|of (?:this|today)|for|is for)"
    r"|(?:we|i|you)(?:['’]ll|['’]re going to|['’]m going to| will| are going to| am going to"
    r"| want to) (?:\w+ )?"
    r"(?:talk|see|look|learn|discuss|ask|show|explain|cover|explore|introduce|study))\b",
    re.IGNORECASE,
)
# "Most of them are alive today" announces nothing: somebody must speak of himself or of the talk.
ANNOUNCING = re.compile(
    r"\b(?:i|we|you|us|my|our|this|subject|topic|let['’]?s)\b|['’]s ", re.IGNORECASE
)
LOOKING_BACK = re.compile(
    r"\b(?:recap|remind|reminder|remember|last|previous|later|next)\b", re.IGNORECASE
)
ASKED_IN_CJK = re.compile(rf"[吗嗎呢][。？]?[{CLOSERS}]*$")
HANGING_IN_CJK = re.compile(
    r"^(?:所以|但是|而|并且?|又|然后|因为|因此|不过|其实|另外|同样|也就是说?|否则|下面|首先|其次|其中|以及|即"
    r"|好[，,的]|对[，,]|那么|，)+"
)
# A cue without marks that ends so goes on in the next one.
OPEN_IN_CJK = re.compile(r"(?:时|后|以及|的|和|与|中|上|是|在|把|被|将|对|从|向)$")
POINTING_IN_CJK = re.compile(r"^(?:这|那|它|他|她)")
# A greeting, or thanks, is no statement.
GREETING_IN_CJK = re.compile(r"大家好|同学们好|谢谢|再见|感谢(?:大家|观看|收看)|拜拜")
GREETING_CJK = 14
SPEAKING_IN_CJK = re.compile(
    r"谢谢|感谢|赞助|捐款|Patreon|没有你们|[上下]一?个视频|[上下]节|欢迎|再见|点赞|关注|订阅|收藏|转发|下期|下一?节课|上一?节课|作业|大家好"
    r"|同学们|我(?:觉得|认为|想)|办公室|发邮件|你们?(?:看|想)|我们?来看|看一下|我刚才|对不对|是不是|好不好|字幕"
)
ANNOUNCED_IN_CJK = re.compile(
    r"(?:今天|这(?:一)?(?:节课|讲|期|集|个视频|段视频|堂课)|本(?:节|讲|期|集|视频|课|次)|接下来)[^。！？]{0,12}"
    r"(?:讲|学习|介绍|讨论|谈|聊|了解|说明|看看|探讨|认识|解释)"
)
LOOKING_BACK_IN_CJK = re.compile(r"上一?[次节讲期集]|下一?[次节讲期集]|回顾|复习|记得|以后再")


@lru_cache(maxsize=CACHED)
def worth(text: str, *, punctuated: bool) -> float:
    """A share from 0 to 1: 1 for a statement that stands alone, less where it hangs on others or
    speaks of the talk, 0 for questions, fragments and what is too short. `punctuated` says whether
    sentences are marked in the text that it comes from."""
    if is_asked(text) or (punctuated and not is_whole(text)):
        return 0.0
    if CJK.search(text):
        return _worth_in_cjk(simplified(text))
    number = len(words(text))
    if number < LEAST_WORDS:
        return 0.0
    connected = CONNECTED.match(text)
    value = 0.6 if connected else 1.0
    if POINTING.match(text[connected.end() :] if connected else text):
        value *= 0.45
    for fault, share in FAULTS:
        value *= share if fault.search(text) else 1.0
    if number > LONG_WORDS:
        value *= 0.6 if number <= TOO_LONG_WORDS else 0.4
    return value * (0.7 if len(subject_words(text)) * 5 < number else 1.0)


def _worth_in_cjk(text: str) -> float:
    length = sum(len(run) for run in CJK.findall(text))
    if length < LEAST_CJK or (length <= GREETING_CJK and GREETING_IN_CJK.search(text)):
        return 0.0
    connected = HANGING_IN_CJK.match(text)
    value = 0.6 if connected else 1.0
    value *= 0.45 if POINTING_IN_CJK.match(text[connected.end() :] if connected else text) else 1.0
    value *= 0.6 if OPEN_IN_CJK.search(text) else 1.0
    value *= 0.4 if SPEAKING_IN_CJK.search(text) else 1.0
    return value * (0.6 if length > LONG_CJK else 1.0)


def is_whole(text: str) -> bool:
    """True for a text that begins and ends as a sentence does, and tears no quotation apart."""
    opening = text.lstrip("\"'“‘([«「『（-– ")[:1]
    return is_ended(text) and not opening.islower() and not _is_torn(text)


def _is_torn(text: str) -> bool:
    """True where a quotation begins in the text and ends elsewhere, or the other way round."""
    return text.count("“") != text.count("”") or text.count('"') % 2 == 1


def is_asked(text: str) -> bool:
    """True for a question."""
    if text.rstrip(f"{CLOSERS} ").endswith(("?", "？")):
        return True
    return ASKED_IN_CJK.search(text) is not None


def announcements(lines: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """The sentences at the beginning (a fifth, at least six) that say what the talk is about."""
    opening = lines[: min(MOST_OPENING, max(6, len(lines) // 5))]
    return tuple(line for line in opening if _is_announcement(line.text))


def _is_announcement(text: str) -> bool:
    if CJK.search(text):
        simple = simplified(text)
        if not ANNOUNCED_IN_CJK.search(simple) or LOOKING_BACK_IN_CJK.search(simple):
            return False
    elif not (ANNOUNCED.search(text) and ANNOUNCING.search(text)) or LOOKING_BACK.search(text):
        return False
    if is_asked(text) or not is_whole(text) or POINTING.match(text):
        return False
    return len(subject_words(text)) >= 2 and 6 <= len(words(text)) <= LONG_WORDS
