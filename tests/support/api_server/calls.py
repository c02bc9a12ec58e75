"""The endpoints: who is let in, what is answered, what is counted."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tests.support.api_server.answers import (
    CREATED,
    chat_content,
    completion,
    is_structured,
    prompt_of,
    tokens_of,
    transcription,
)
from tests.support.api_server.counts import Counts
from tests.support.api_server.gemini import (
    GENERATE,
    Files,
    bad_key,
    content_of,
    generated,
    is_gemini,
    quota_reply,
    understood,
)
from tests.support.api_server.gemini import error as gemini_error
from tests.support.api_server.limits import AUDIO, REQUESTS, TOKENS, Limits
from tests.support.api_server.options import Options
from tests.support.api_server.replies import (
    Reply,
    error_reply,
    json_reply,
    rate_headers,
    refused_reply,
)
from tests.support.api_server.uploads import Form, FormError
from tests.support.api_server.wire import Body, Head, WireError

TRANSCRIPTIONS = "/v1/audio/transcriptions"
CHAT = "/v1/chat/completions"
MODELS = "/v1/models"
JSON_BYTES = 32 * 1024 * 1024
KEY_HASH_DIGITS = 12

Headers = tuple[tuple[str, str], ...]


class BadCallError(Exception):
    """The call is answered with this error."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Api:
    """Answers one request after the other; the limits and the counts are its state."""

    def __init__(self, options: Options) -> None:
        self.limits = Limits(options)
        self.counts = Counts()
        self._began_s = time.monotonic()
        self._counted_from_s = 0.0
        self._invalid_left = options.invalid_answers
        self._scripted: dict[int, int] = {}
        self._files = Files()
        self._asked: Counter[str] = Counter()

    # --- control --------------------------------------------------------------------------

    def now_s(self) -> float:
        """Seconds since the start or the last restart of the clock."""
        return time.monotonic() - self._began_s

    def change(self, changes: Mapping[str, Any]) -> None:
        """New options from now on. Raises ValueError."""
        self.limits.change(self.now_s(), changes)
        if "scripted" in changes:
            self._scripted = {}
        if "gone" in changes:
            self._asked.clear()
        if "invalid_answers" in changes:
            self._invalid_left = self.limits.options.invalid_answers

    def reset(self, *, restart: bool) -> None:
        """Counts from zero; `restart`: time, quotas and schedule from the beginning too."""
        if restart:
            self._began_s = time.monotonic()
            self._invalid_left = self.limits.options.invalid_answers
            self.limits.restart()
        self._counted_from_s = self.now_s()
        self.limits.recount(self._counted_from_s)
        self.counts = Counts(max_in_flight=self.limits.in_flight)

    def counted(self) -> dict[str, Any]:
        """The counts as they stand, plain."""
        now_s = self.now_s()
        self.limits.advance(now_s)
        self.counts.elapsed_s = now_s - self._counted_from_s
        self.counts.in_flight = self.limits.in_flight
        self.counts.permitted = self.limits.permitted()
        self.counts.files = self._files.told()
        return asdict(self.counts)

    # --- calls ----------------------------------------------------------------------------

    async def handle(self, head: Head, body: Body) -> Reply:
        """The reply to one request whose head is complete. What is left of the body is the
        caller's to skip. Raises what reading the body raises."""
        if (reply := self._key_error(head)) is not None:
            self.counts.fail(head.path, str(reply.status))
            return reply
        if (head.method, head.path) == ("GET", MODELS):
            self.counts.serve(MODELS, None)
            return self._models()
        is_generate = head.path.endswith(GENERATE)
        if is_gemini(head.path) and not is_generate:
            return await self._files.handle(head, body, self.limits.options)
        if head.method != "POST" or not (is_generate or head.path in (TRANSCRIPTIONS, CHAT)):
            self.counts.fail(head.path, "404")
            return error_reply(404, f"Unknown request URL: {head.method} {head.path}.")
        now_s = self.now_s()
        if (refusal := self.limits.admit(now_s)) is not None:
            self.counts.refuse(head.path, refusal.cause, now_s - self._counted_from_s)
            if is_generate:
                return quota_reply(refusal.limit, refusal.wait_s or 1.0)
            return refused_reply(self.limits, refusal)
        self.counts.admit(now_s - self._counted_from_s)
        self.counts.spend({REQUESTS: 1.0})
        self.counts.max_in_flight = max(self.counts.max_in_flight, self.limits.in_flight)
        try:
            return await self._admitted(head, body)
        finally:
            self.limits.leave()

    async def _admitted(self, head: Head, body: Body) -> Reply:
        headers = rate_headers(self.limits, REQUESTS)
        counts = self.counts
        if (status := self.limits.fails()) is not None:
            counts.fail(head.path, str(status))
            message = "The server had an error while processing your request."
            return error_reply(status, message, "server_error", None, headers)
        if (reply := self._script(head.path, headers)) is not None:
            if reply.status == 200:
                counts.serve(head.path, None)
            else:
                counts.fail(head.path, str(reply.status))
            return reply
        try:
            if head.path == TRANSCRIPTIONS:
                return await self._transcribe(head, body, headers)
            if head.path == CHAT:
                return await self._chat(body, headers)
            return await self._generate(head, body)
        except BadCallError as error:
            counts.fail(head.path, str(error.status))
            if is_gemini(head.path) and error.code:
                return gemini_error(error.status, str(error), error.code.upper())
            return error_reply(error.status, str(error), code=error.code, headers=headers)
        except asyncio.CancelledError:
            counts.fail(head.path, "outage")
            raise
        except (asyncio.IncompleteReadError, OSError, WireError):
            counts.fail(head.path, "incomplete")
            raise

    def _script(self, path: str, headers: Headers) -> Reply | None:
        """The answer that was laid down for this call, if one was."""
        for number, one in enumerate(self.limits.options.scripted):
            used = self._scripted.get(number, 0)
            if path.endswith(one.path) and (one.times is None or used < one.times):
                self._scripted[number] = used + 1
                return Reply(one.status, one.body.encode(), headers, one.kind)
        return None

    def _key_error(self, head: Head) -> Reply | None:
        kind, _, key = head.headers.get("authorization", "").partition(" ")
        key = key.strip() if kind.lower() == "bearer" else head.headers.get("x-goog-api-key", "")
        if key:
            digits = hashlib.sha256(key.encode()).hexdigest()[:KEY_HASH_DIGITS]
            self.counts.keys[digits] = self.counts.keys.get(digits, 0) + 1
        options = self.limits.options
        if key in options.forbidden_keys:
            return error_reply(403, "You have no access to this.", "permission_error")
        if options.keys is not None and key not in options.keys:
            if is_gemini(head.path):
                # The address of a session is its own secret.
                return None if head.path.startswith("/upload/session/") else bad_key()
            return error_reply(401, "Incorrect API key provided.", code="invalid_api_key")
        return None

    def _models(self) -> Reply:
        models = [
            {"id": name, "object": "model", "created": CREATED, "owned_by": "test"}
            for name in self.limits.options.models
            if name not in self.limits.options.gone
        ]
        return json_reply({"object": "list", "data": models})

    # --- endpoints ------------------------------------------------------------------------

    async def _transcribe(self, head: Head, body: Body, headers: Headers) -> Reply:
        form = await self._read_form(head, body)
        if form.file is None:
            raise BadCallError(400, "file is missing")
        fields = dict(form.fields)
        if not fields.get("model"):
            raise BadCallError(400, "you must provide a model parameter")
        self._check_model(fields["model"])
        wanted = fields.get("response_format", "json")
        if wanted not in ("json", "text", "verbose_json"):
            raise BadCallError(400, f"response_format {wanted!r} is not supported")
        found_s = form.file.duration_s()
        duration_s = self.limits.options.duration_s if found_s is None else found_s
        sha256 = form.file.sha256
        needs = {AUDIO: duration_s}
        identity = _identity(TRANSCRIPTIONS, [sorted(form.fields), sha256])

        def answer(headers: Headers) -> Reply:
            told = transcription(sha256, duration_s, fields.get("language", ""))
            if wanted == "text":
                return Reply(200, told["text"].encode(), headers, "text/plain; charset=utf-8")
            return json_reply(told if wanted == "verbose_json" else {"text": told["text"]}, headers)

        refusal, headers = self._charge(TRANSCRIPTIONS, needs, headers)
        return refusal or await self._serve(TRANSCRIPTIONS, identity, answer(headers))

    def _check_model(self, model: str) -> None:
        """Raises BadCallError for a model that is switched off, as OpenAI says it."""
        if self._is_gone(model):
            told = f"The model `{model}` has been deprecated, learn more here: https://api.test/"
            raise BadCallError(404, told, "model_not_found")

    def _is_gone(self, model: str) -> bool:
        left = self.limits.options.gone.get(model)
        self._asked[model] += 1
        return left is not None and self._asked[model] > left

    async def _read_form(self, head: Head, body: Body) -> Form:
        limit_bytes = self.limits.options.max_file_bytes
        try:
            form = Form(head.headers.get("content-type", ""))
            async for piece in body:
                form.feed(piece)
                if form.file is not None and form.file.size_bytes > limit_bytes:
                    raise BadCallError(413, f"Maximum content size limit ({limit_bytes}) exceeded")
        except FormError as error:
            raise BadCallError(400, str(error)) from error
        if not form.ended:
            raise BadCallError(400, "the form is cut")
        return form

    async def _chat(self, body: Body, headers: Headers) -> Reply:
        asked = await _read_json(body)
        try:
            model, messages = str(asked["model"]), asked["messages"]
            prompt, prompt_tokens = prompt_of(messages)
        except (AttributeError, KeyError, TypeError) as error:
            raise BadCallError(400, "model and messages are wanted") from error
        if asked.get("stream"):
            raise BadCallError(400, "stream is not supported")
        self._check_model(model)
        identity = _identity(CHAT, asked)
        wanted = asked.get("response_format")
        content = chat_content(prompt, wanted, self.limits.options.canned, identity)
        total = prompt_tokens + tokens_of(content)
        refusal, headers = self._charge(CHAT, {TOKENS: float(total)}, headers)
        if refusal is not None:
            return refusal
        if is_structured(wanted) and self._invalid_left > 0:
            self._invalid_left -= 1
            self.counts.invalid_answers += 1
            content = content[: len(content) // 2]
        by = self.limits.options.answers_as.get(model, model)
        told = completion(identity, by, content, prompt_tokens, total)
        return await self._serve(CHAT, identity, json_reply(told, headers))

    async def _generate(self, head: Head, body: Body) -> Reply:
        raw = await _read_json(body)
        options = self.limits.options
        model = head.path.rpartition("/")[2].removesuffix(GENERATE)
        if self._is_gone(model):
            why = f"models/{model} is not found for API version v1beta"
            raise BadCallError(404, why, "not_found")
        try:
            asked = understood(raw, self._files, options.duration_s)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadCallError(400, "contents with parts are wanted") from error
        if isinstance(asked, Reply):
            self.counts.fail(head.path, str(asked.status))
            return asked
        identity = _identity(head.path, raw)
        content = content_of(asked, options.canned, identity)
        if self._invalid_left > 0:
            self._invalid_left -= 1
            self.counts.invalid_answers += 1
            content = content[: len(content) // 2]
        is_cut = tokens_of(content) > asked.most_tokens
        spent = {TOKENS: float(asked.tokens + tokens_of(content)), AUDIO: asked.sound_s}
        self.counts.spend(spent)
        told = generated(content[: asked.most_tokens * 4], asked, is_cut=is_cut)
        told["modelVersion"] = options.answers_as.get(model, model)
        return await self._serve(head.path, identity, json_reply(told))

    def _charge(
        self, path: str, needs: dict[str, float], headers: Headers
    ) -> tuple[Reply | None, Headers]:
        """Takes what the body told, or refuses the call. The headers tell the requests left at the
        admission (`headers`) and the tokens left now."""
        now_s = self.now_s()
        if (refusal := self.limits.charge(now_s, needs)) is not None:
            self.counts.refuse(path, refusal.cause, now_s - self._counted_from_s)
            return refused_reply(self.limits, refusal), ()
        self.counts.spend(needs)
        return None, (*headers, *rate_headers(self.limits, TOKENS))

    async def _serve(self, path: str, identity: str, reply: Reply) -> Reply:
        await asyncio.sleep(self.limits.latency_s())
        self.counts.serve(path, identity)
        return reply


async def _read_json(body: Body) -> dict[str, Any]:
    pieces: list[bytes] = []
    size_bytes = 0
    async for piece in body:
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes > JSON_BYTES:
            raise BadCallError(413, "the request is too large")
    try:
        asked = json.loads(b"".join(pieces))
    except ValueError as error:
        raise BadCallError(400, "the body is not JSON") from error
    if not isinstance(asked, dict):
        raise BadCallError(400, "the body is not an object")
    return asked


def _identity(path: str, what: Any) -> str:
    """SHA-256 of the endpoint and of everything that shapes the answer."""
    text = json.dumps([path, what], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
