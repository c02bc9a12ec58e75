"""Gemini's endpoints: generateContent, and files that are uploaded in parts, seen to, deleted.

https://ai.google.dev/api/generate-content, https://ai.google.dev/api/files; the upload protocol as
https://developers.google.com/photos/library/guides/resumable-uploads tells it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import time
from dataclasses import dataclass, field
from typing import Any

from tests.support.api_server.answers import (
    SEGMENT_S,
    example,
    quoting,
    tokens_of,
    translated,
    words,
)
from tests.support.api_server.options import Canned
from tests.support.api_server.replies import Reply, json_reply
from tests.support.api_server.uploads import Upload
from tests.support.api_server.wire import Body, Head

GENERATE, FILES, START, SESSION = (
    ":generateContent",
    "/v1beta/files/",
    "/upload/v1beta/files",
    "/upload/session/",
)
AUDIO_TOKENS_PER_S, PICTURE_TOKENS = 32, 258
LIFE_S = 48 * 3600
SLOT_S = 0.01


def is_gemini(path: str) -> bool:
    """Whether a request is of this API."""
    return path.startswith(("/v1beta/", "/upload/"))


def error(status: int, message: str, reason: str, *details: dict[str, Any]) -> Reply:
    """The body that Google's APIs send with an error."""
    told = {"code": status, "message": message, "status": reason, "details": list(details)}
    return json_reply({"error": told}, status=status)


def bad_key() -> Reply:
    """400, not 401."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    message = "API key not valid. Please pass a valid API key."
    return error(400, message, "INVALID_ARGUMENT", info)


def quota_reply(limit: float, wait_s: float) -> Reply:
    """A 429: which quota, and how long to wait."""
    quota = "GenerateRequestsPerMinutePerProjectPerModel"
    violation = {"quotaId": quota, "quotaValue": f"{limit:.0f}"}
    return error(
        429,
        "You exceeded your current quota.",
        "RESOURCE_EXHAUSTED",
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{wait_s:.3f}s"},
    )


@dataclass
class Stored:
    """A file that is kept, or on its way."""

    name: str
    mime: str
    size_bytes: int
    upload: Upload = field(default_factory=Upload)
    active_at_s: float = 0.0
    stays: str = ""

    @property
    def state(self) -> str:
        return self.stays or ("ACTIVE" if time.monotonic() >= self.active_at_s else "PROCESSING")

    def told(self, url: str) -> dict[str, Any]:
        return {
            "name": f"files/{self.name}",
            "mimeType": self.mime,
            "sizeBytes": str(self.size_bytes),
            "state": self.state,
            "uri": f"{url}{FILES}{self.name}",
        }


class Files:
    """What was uploaded. `received` counts bytes by 10 ms, from the first of all on."""

    def __init__(self) -> None:
        self.kept: dict[str, Stored] = {}
        self.sessions: dict[str, Stored] = {}
        self.counts = {"started": 0, "finished": 0, "deleted": 0, "queries": 0, "looked": 0}
        self.bytes = 0
        self.received: dict[int, int] = {}
        self._began_s: float | None = None
        self._number = 0

    def told(self) -> dict[str, Any]:
        """The counts, plain."""
        kept = sum(stored.size_bytes for stored in self.kept.values())
        received = {str(slot): n for slot, n in self.received.items()}
        return {**self.counts, "bytes": self.bytes, "kept": kept, "received": received}

    async def handle(self, head: Head, body: Body, options: Any) -> Reply:
        """Everything but generateContent."""
        if head.path == START and head.method == "POST":
            return await self._start(head, body)
        if head.path.startswith(SESSION):
            return await self._part(head, body, options)
        if head.path.startswith(FILES):
            return self._file(head)
        return error(404, "Not found.", "NOT_FOUND")

    async def _start(self, head: Head, body: Body) -> Reply:
        await body.skip()
        size = int(head.headers.get("x-goog-upload-header-content-length", "0"))
        mime = head.headers.get("x-goog-upload-header-content-type", "")
        if head.headers.get("x-goog-upload-protocol") != "resumable" or not size or not mime:
            return error(400, "A resumable upload names size and type.", "INVALID_ARGUMENT")
        self._number += 1
        name = f"f{self._number:06d}"
        self.sessions[name] = Stored(name, mime, size)
        self.counts["started"] += 1
        url = f"http://{head.headers['host']}{SESSION}{name}"
        headers = (("x-goog-upload-url", url), ("x-goog-upload-status", "active"))
        return json_reply({}, headers)

    async def _part(self, head: Head, body: Body, options: Any) -> Reply:
        stored = self.sessions.get(head.path.removeprefix(SESSION))
        if stored is None:
            return error(404, "No such upload.", "NOT_FOUND")
        command = head.headers.get("x-goog-upload-command", "")
        received = str(stored.upload.size_bytes)
        if command == "query":
            await body.skip()
            self.counts["queries"] += 1
            status = ("x-goog-upload-status", "active")
            return json_reply({}, (status, ("x-goog-upload-size-received", received)))
        if head.headers.get("x-goog-upload-offset") != received:
            return error(400, f"The offset is {received}.", "INVALID_ARGUMENT")
        async for piece in body:
            self._note(len(piece))
            stored.upload.add(piece)
            cut = options.cut_upload_at
            if cut is not None and self.bytes >= cut > self.bytes - len(piece):
                raise asyncio.CancelledError
        if "finalize" not in command:
            return json_reply({}, (("x-goog-upload-status", "active"),))
        if stored.upload.size_bytes != stored.size_bytes:
            return error(400, "The upload is not whole.", "INVALID_ARGUMENT")
        del self.sessions[stored.name]
        self.kept[stored.name] = stored
        stored.active_at_s = time.monotonic() + options.processing_s
        if self.counts["finished"] < len(options.upload_states):
            stored.stays = options.upload_states[self.counts["finished"]]
        self.counts["finished"] += 1
        url = f"http://{head.headers['host']}"
        return json_reply({"file": stored.told(url)}, (("x-goog-upload-status", "final"),))

    def _note(self, size: int) -> None:
        now_s = time.monotonic()
        self._began_s = now_s if self._began_s is None else self._began_s
        slot = int((now_s - self._began_s) / SLOT_S)
        self.received[slot] = self.received.get(slot, 0) + size
        self.bytes += size

    def _file(self, head: Head) -> Reply:
        name = head.path.removeprefix(FILES)
        stored = self.kept.get(name)
        if stored is None:
            message = f"You do not have permission to access the File {name} or it may not exist."
            return error(403, message, "PERMISSION_DENIED")
        if head.method == "DELETE":
            del self.kept[name]
            self.counts["deleted"] += 1
            return json_reply({})
        self.counts["looked"] += 1
        return json_reply(stored.told(f"http://{head.headers['host']}"))

    def by_uri(self, uri: str) -> Stored | None:
        """The file that is kept and ready."""
        stored = self.kept.get(uri.rpartition("/")[2])
        return stored if stored and stored.state == "ACTIVE" else None


@dataclass(frozen=True)
class Asked:
    """What a generateContent asks for: its text, the seconds and the hash of its sound or video,
    its pictures."""

    text: str
    sound_s: float
    pictures: int
    schema: dict[str, Any] | None
    most_tokens: int

    @property
    def tokens(self) -> int:
        sound = math.ceil(self.sound_s * AUDIO_TOKENS_PER_S)
        return tokens_of(self.text) + sound + self.pictures * PICTURE_TOKENS


def understood(asked: dict[str, Any], files: Files, duration_s: float) -> Asked | Reply:
    """The request, or the refusal of one that cannot be served."""
    texts: list[str] = []
    sound_s, pictures = 0.0, 0
    system = asked.get("systemInstruction", {}).get("parts", [])
    for part in [*system, *(p for c in asked["contents"] for p in c["parts"])]:
        if "text" in part:
            texts.append(part["text"])
        elif "inlineData" in part and part["inlineData"]["mimeType"].startswith("image/"):
            pictures += 1
        elif "inlineData" in part:
            upload = Upload()
            upload.add(base64.b64decode(part["inlineData"]["data"], validate=True))
            sound_s += upload.duration_s() or duration_s
        elif "fileData" in part:
            if files.by_uri(part["fileData"]["fileUri"]) is None:
                return error(403, "The file may not exist.", "PERMISSION_DENIED")
            window = part.get("videoMetadata", {})
            start = float(window.get("startOffset", "0s").rstrip("s"))
            sound_s += float(window.get("endOffset", f"{duration_s}s").rstrip("s")) - start
    config = asked.get("generationConfig", {})
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    most = int(config.get("maxOutputTokens", 8192))
    return Asked("\n".join(texts), sound_s, pictures, schema, most)


def content_of(asked: Asked, canned: tuple[Canned, ...], seed: str) -> str:
    """What the model says: canned, a transcript of the sound, or an object of the schema."""
    for one in canned:
        if one.contains in asked.text:
            return one.content if isinstance(one.content, str) else json.dumps(one.content)
    if asked.schema is None:
        return words(seed, 24)
    if "utterances" in asked.schema.get("properties", {}):
        count = max(1, math.ceil(asked.sound_s / SEGMENT_S))
        utterances = [
            {
                "start": place * SEGMENT_S,
                "end": round(min(asked.sound_s, (place + 1) * SEGMENT_S), 2),
                "text": words(f"{seed} {place}", 8),
            }
            for place in range(count)
        ]
        return json.dumps({"utterances": utterances})
    if "lines" in asked.schema.get("properties", {}):
        return json.dumps(translated(asked.text), ensure_ascii=False)
    made = quoting(example(asked.schema, asked.schema, seed), asked.text)
    return json.dumps(made, ensure_ascii=False)


def generated(content: str, asked: Asked, *, is_cut: bool) -> dict[str, Any]:
    """The answer with its usage, sound told apart."""
    sound = math.ceil(asked.sound_s * AUDIO_TOKENS_PER_S)
    details = [{"modality": "TEXT", "tokenCount": asked.tokens - sound}]
    details += [{"modality": "AUDIO", "tokenCount": sound}] if sound else []
    return {
        "candidates": [
            {
                "content": {"role": "model", "parts": [{"text": content}]},
                "finishReason": "MAX_TOKENS" if is_cut else "STOP",
            }
        ],
        "usageMetadata": {
            "promptTokenCount": asked.tokens,
            "promptTokensDetails": details,
            "candidatesTokenCount": tokens_of(content),
            "totalTokenCount": asked.tokens + tokens_of(content),
        },
    }
