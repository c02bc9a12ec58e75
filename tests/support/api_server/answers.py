"""What is said: words that depend on nothing but the request."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.api_server.options import Canned

SEGMENT_S = 5.0
TOKEN_CHARS = 4
# What OpenAI counts for a picture of low detail.
PICTURE_TOKENS = 85
# A line of a transcript as prompts have it: its second in brackets, what was said.
LINE = re.compile(r"^\[\d+\] (.+)$", re.MULTILINE)
# The same with its number, and a term of a glossary, as questions of a translation have them.
NUMBERED = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
GLOSSARY = re.compile(r"^(.+) = (.+)$", re.MULTILINE)
HANZI = "山水日月星云风雨花树春夏秋冬东西南北"
PROSE = frozenset({"text", "meaning", "question", "answer"})
# A schema that holds itself ends here.
DEEPEST = 6
# Answers do not depend on the day.
CREATED = 1_700_000_000
SYLLABLES = (
    "ba",
    "den",
    "fo",
    "gal",
    "hin",
    "ju",
    "ker",
    "lo",
    "mar",
    "nis",
    "o",
    "pel",
    "ra",
    "sut",
    "ti",
    "vo",
)
LANGUAGES = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "ja": "japanese",
    "zh": "chinese",
}


def words(seed: str, count: int) -> str:
    """A sentence of `count` words (32 at the most), the same for the same seed."""
    digest = hashlib.sha256(seed.encode()).digest()
    picked = [SYLLABLES[byte >> 4] + SYLLABLES[byte & 15] for byte in digest[:count]]
    return " ".join(picked).capitalize() + "."


def transcription(sha256: str, duration_s: float, language: str) -> dict[str, Any]:
    """A `verbose_json` transcription: segments of 5 s that cover the sound."""
    count = max(1, math.ceil(duration_s / SEGMENT_S))
    segments = [_segment(sha256, index, duration_s) for index in range(count)]
    return {
        "task": "transcribe",
        "language": LANGUAGES.get(language, language) or "english",
        "duration": round(duration_s, 3),
        "text": " ".join(segment["text"].strip() for segment in segments),
        "segments": segments,
    }


def _segment(sha256: str, index: int, duration_s: float) -> dict[str, Any]:
    seed = f"{sha256} {index}"
    luck = hashlib.sha256(seed.encode()).digest()
    return {
        "id": index,
        "seek": 0,
        "start": index * SEGMENT_S,
        "end": round(min(duration_s, (index + 1) * SEGMENT_S), 3),
        "text": " " + words(seed, 8),
        "avg_logprob": -0.1 - luck[0] / 1000,
        "no_speech_prob": luck[1] / 2560,
    }


def prompt_of(messages: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """All text of the messages, and the tokens that text and pictures count for."""
    texts: list[str] = []
    pictures = 0
    for message in messages:
        content = message.get("content") or ""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        texts += [str(part["text"]) for part in parts if part.get("type") == "text"]
        pictures += sum(part.get("type") == "image_url" for part in parts)
    text = "\n".join(texts)
    return text, tokens_of(text) + pictures * PICTURE_TOKENS


def tokens_of(text: str) -> int:
    return math.ceil(len(text) / TOKEN_CHARS)


def chat_content(
    prompt: str, wanted: Mapping[str, Any] | None, canned: Sequence[Canned], seed: str
) -> str:
    """What the assistant says: the first canned content that fits, an object of the wanted
    shape (`response_format`), or a sentence."""
    for one in canned:
        if one.contains in prompt:
            return one.content if isinstance(one.content, str) else _dump(one.content)
    if not is_structured(wanted):
        return words(seed, 24)
    schema = (wanted or {}).get("json_schema", {}).get("schema")
    if schema is None:
        return _dump({"text": words(seed, 12)})
    if "lines" in schema.get("properties", {}):
        return _dump(translated(prompt))
    return _dump(quoting(example(schema, schema, seed), prompt))


def translated(prompt: str) -> dict[str, Any]:
    """A Chinese line for each numbered one, the same for the same: its figures stay, and terms of
    the glossary in the prompt are translated by it."""
    known = dict(GLOSSARY.findall(prompt))
    lines = []
    for number, text in NUMBERED.findall(prompt.rpartition("<lines>")[2]):
        said = text.partition(" | ")[0]
        terms = [chinese for term, chinese in known.items() if term.lower() in said.lower()]
        kept = re.findall(r"\d+(?:\.\d+)?", said)
        digest = hashlib.sha256(said.encode()).digest()
        body = "".join(HANZI[byte % len(HANZI)] for byte in digest[:8])
        lines.append({"number": int(number), "text": "".join([body, *terms, *kept, "。"])})
    return {"lines": lines}


def quoting(value: Any, prompt: str) -> Any:
    """The value with words of the prompt's transcript wherever it wants a quotation or a term, as
    a model copies them; "" where there is no transcript."""
    lines = LINE.findall(prompt)
    if isinstance(value, list):
        return [quoting(each, prompt) for each in value]
    if not isinstance(value, dict):
        return value
    said = lines[0].split()[:12] if lines else []
    copied = {"quote": " ".join(said), "term": max(said, key=len, default="")}
    if not said:
        # Nothing can be quoted, and a term is any word.
        del copied["term"]
    made = {
        name: copied[name] if name in copied else quoting(each, prompt)
        for name, each in value.items()
    }
    if "quote" in made:
        # An invented word with a capital would be a name that nobody said.
        return {n: each.lower() if n in PROSE else each for n, each in made.items()}
    return made


def completion(
    identity: str, model: str, content: str, prompt_tokens: int, total_tokens: int
) -> dict[str, Any]:
    """A chat's answer with its usage, which is told for the whole content even where a part of
    it was cut off."""
    message = {"role": "assistant", "content": content}
    return {
        "id": f"chatcmpl-{identity[:24]}",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": total_tokens - prompt_tokens,
            "total_tokens": total_tokens,
        },
    }


def is_structured(wanted: Mapping[str, Any] | None) -> bool:
    """Whether `response_format` asks for JSON."""
    return (wanted or {}).get("type") in ("json_object", "json_schema")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def example(schema: Mapping[str, Any], root: Mapping[str, Any], seed: str, depth: int = 0) -> Any:
    """A value that the JSON schema allows, as far as structured answers use it: references,
    enums, objects, arrays, and the lower bounds of lengths and numbers."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        found = root.get("$defs", root.get("definitions", {}))[name]
        return example(found, root, seed, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return example(schema[several][0], root, seed, depth)
    return _plain_example(schema, root, seed, depth)


def _plain_example(
    schema: Mapping[str, Any], root: Mapping[str, Any], seed: str, depth: int
) -> Any:
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {n: example(p, root, f"{seed}/{n}", depth + 1) for n, p in properties.items()}
    if kind == "array":
        count = max(int(schema.get("minItems", 0)), int(depth < DEEPEST))
        item = schema.get("items", {"type": "string"})
        return [example(item, root, f"{seed}/{index}", depth + 1) for index in range(count)]
    if kind in ("number", "integer"):
        return schema.get("minimum", 1)
    if kind == "string":
        text = words(seed, 6)[: schema.get("maxLength")]
        return text.ljust(int(schema.get("minLength", 0)), ".")
    return {"boolean": True}.get(kind)
