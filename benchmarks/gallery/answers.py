"""The stored answers of a language model about the gallery's talks, as vendors' servers give them.

    answers/<talk>.json     the body of the response for each template, and where it translates
                            those for `<template>.terms` and `<template>.lines`

They are made once and kept: by the name of a template, since a prompt changes and what was said
does not.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.support.api_server import ApiServer
from videobatch.providers.answers.completions import chat_completion, gemini_completion
from videobatch.providers.answers.structured import packed, passed
from videobatch.records import Picture

FOLDER = Path(__file__).parent / "answers"
MODEL = "gallery-writer"
# What is asked again is answered with nothing: the first answer stands as it is.
AGAIN = "statements"


class StoredWriter:
    """Satisfies `ports.Writer`: gives the stored answer. `asked` counts the calls."""

    name = "recorded"
    model = MODEL
    context_tokens = 100_000
    parallel = 1
    picture_tokens: int | None = None

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body
        self.asked = 0

    def complete(
        self,
        system: str,
        user: str,
        *,
        max_tokens: int,
        schema: Mapping[str, Any],
        check: Callable[[Any], Any],
        pictures: Sequence[Picture] = (),
    ) -> Any:
        self.asked += 1
        if AGAIN in schema["properties"]:
            return check({AGAIN: []})
        read = chat_completion if "choices" in self._body else gemini_completion
        return passed(packed(read(self._body)), check, model=self.model, max_tokens=max_tokens)


def load_answers(talk: str, folder: Path = FOLDER) -> Mapping[str, Mapping[str, Any]]:
    """The bodies about a talk by the names of their templates; none where nothing is stored."""
    path = folder / f"{talk}.json"
    if not path.exists():
        return {}
    bodies: dict[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return bodies


def store(
    talk: str, template: str, content: Any, *, is_gemini: bool, folder: Path = FOLDER
) -> None:
    """Has the tests' server give the content as the answer to a call, and stores its response."""
    bodies = {**load_answers(talk, folder), template: _body(talk, content, is_gemini=is_gemini)}
    folder.mkdir(exist_ok=True)
    text = json.dumps(dict(sorted(bodies.items())), ensure_ascii=False, indent=1)
    (folder / f"{talk}.json").write_text(f"{text}\n", encoding="utf-8")


def _body(talk: str, content: Any, *, is_gemini: bool) -> Any:
    canned = [{"content": json.dumps(content, ensure_ascii=False)}]
    with (
        tempfile.TemporaryDirectory() as work,
        ApiServer(Path(work), canned=canned, models=(MODEL,)) as server,
        httpx.Client(trust_env=False) as client,
    ):
        if is_gemini:
            asked: Any = {"contents": [{"role": "user", "parts": [{"text": talk}]}]}
            url = f"{server.url.removesuffix('/v1')}/v1beta/models/{MODEL}:generateContent"
        else:
            asked = {"model": MODEL, "messages": [{"role": "user", "content": talk}]}
            url = f"{server.url}/chat/completions"
        return client.post(url, json=asked).raise_for_status().json()
