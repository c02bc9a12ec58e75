"""Uploads to Gemini: in parts, from the disk, within a rate, deleted afterwards.

    known, and still there? ─ yes ────────────────► wait until it is ready ► use ► delete
      └ no ► room (permit) ► session ► parts ► noted ─┘    └ never, or of no use: once anew
                                ▲        └─ cut ► ask how much came ─┐
                                └────────────────────────────────────┘

https://ai.google.dev/api/files; the upload protocol, with its `query` after a cut:
https://developers.google.com/photos/library/guides/resumable-uploads
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, BinaryIO

import httpx

from videobatch.errors import PermanentError, TransientError
from videobatch.ports import Storage, Uploads
from videobatch.providers.calls.transport import Transport
from videobatch.records import Currency, Feedback, StoredFile

log = logging.getLogger(__name__)

# https://ai.google.dev/gemini-api/docs/files: 2 GB a file; parts in multiples of 8 MiB.
MOST_BYTES = 2_000_000_000
PART_BYTES = 8 * 2**20
PIECE_BYTES = 64 * 1024
CUTS_IN_A_ROW = 5
FIRST_LOOK_S, LONGEST_LOOK_S, LOOK_GROWTH = 1.0, 15.0, 1.5
GONE = frozenset({403, 404, 410})
TOO_MANY = 429
# How long a provider may look through an upload: usually that takes seconds, seldom minutes.
READY_S, READY_BYTES_PER_S = 300.0, 1_000_000
# A second one may succeed where the first did not; a third seldom does.
UPLOADS = 2


class UploadState(Enum):
    """The fate of an upload; the values are for people."""

    READY = "it is ready"
    GONE = "it was thrown away"
    FAILED = "it could not be read"
    STUCK = "it was not ready in time"


class GeminiFiles:
    """Uploads and deletes. `take` waits until so many bytes may be sent; `pause` waits so many
    seconds, and raises StoppingError when the worker is asked to stop."""

    def __init__(
        self,
        transport: Transport,
        uploads: Uploads,
        storage: Storage,
        *,
        take: Callable[[int], None],
        pause: Callable[[float], None],
    ) -> None:
        self._transport = transport
        self._uploads = uploads
        self._storage = storage
        self._take = take
        self._pause = pause

    def ensure(
        self,
        file: BinaryIO,
        *,
        mime: str,
        size_bytes: int,
        content_hash: str,
        on_bytes: Callable[[int], None] = lambda done: None,
    ) -> StoredFile:
        """The file, ready to be asked about: what is there already, else uploaded. One that the
        provider threw away meanwhile is uploaded again.

        Raises PermanentError for one that is too large or of which the provider makes nothing
        (`upload_failed`), TransientError (`api_down`), BudgetError. Safe to repeat.
        """
        if size_bytes > MOST_BYTES:
            raise PermanentError(f"{size_bytes / 1e9:.1f} GB are too much for one upload (2 GB)")
        with self._uploads.flight(content_hash) as flight:
            with self._transport.waiting():
                flight.wait()
            return self._ensured(file, mime, size_bytes, content_hash, on_bytes)

    def _ensured(
        self,
        file: BinaryIO,
        mime: str,
        size_bytes: int,
        content_hash: str,
        on_bytes: Callable[[int], None],
    ) -> StoredFile:
        """The same for the one who has the upload's flight."""
        uploads = UPLOADS
        known = self._uploads.get(content_hash)
        if known is not None:
            state = self._state_of(known, size_bytes)
            if state is UploadState.READY:
                return known
            # One that was thrown away says nothing of the video.
            uploads -= state is not UploadState.GONE
            self._discard(content_hash, known, state)
        for _ in range(uploads):
            made = self._upload(file, mime, size_bytes, on_bytes)
            self._uploads.put(content_hash, made)
            state = self._state_of(made, size_bytes)
            if state is UploadState.READY:
                return made
            log.warning("an upload is of no use: %s", state.value)
            self._discard(content_hash, made, state)
        raise PermanentError(
            f"the provider cannot take the whole video: {state.value}, {UPLOADS} times",
            hint="VIDEOBATCH_API__MEDIA=audio sends only its sound",
            code="upload_failed",
        )

    def delete(self, content_hash: str) -> None:
        """Deletes the file, if there is one. Safe to repeat; what cannot be deleted now goes by
        itself after two days."""
        known = self._uploads.get(content_hash)
        if known is None:
            return
        if self._deleted(known):
            self._forget(content_hash, known)

    def _deleted(self, known: StoredFile) -> bool:
        try:
            response = self._transport.ask("DELETE", f"v1beta/{known.name}")
        except TransientError as error:
            log.warning("an upload is not deleted: %s", error.message)
            return False
        if response.is_success or response.status_code in GONE:
            return True
        log.warning("an upload is not deleted: %s", self._transport.said(response))
        return False

    def _forget(self, content_hash: str, known: StoredFile) -> None:
        self._storage.release(known.permit_id)
        self._uploads.drop(content_hash)

    def _discard(self, content_hash: str, known: StoredFile, state: UploadState) -> None:
        """Deletes an upload of no use. Where that fails it takes room for two days more, and yet is
        used no more."""
        if state is UploadState.GONE or self._deleted(known):
            self._forget(content_hash, known)
        else:
            self._uploads.drop(content_hash)

    def _state_of(self, known: StoredFile, size_bytes: int) -> UploadState:
        """Looks what the provider makes of it; waits while it looks through it, for so long as
        anything of that size may take. Raises TransientError where it cannot be asked."""
        wait_s, waited_s, said = FIRST_LOOK_S, 0.0, ""
        while True:
            response = self._transport.ask("GET", f"v1beta/{known.name}")
            if response.status_code in GONE:
                return UploadState.GONE
            if 400 <= response.status_code < 500 and response.status_code != TOO_MANY:
                raise PermanentError(
                    f"an upload cannot be looked at: {self._transport.said(response)}",
                    hint="check the provider's key",
                    code="bad_request",
                )
            said = "" if response.is_success else self._transport.said(response)
            state = self._transport.told(response).get("state") if not said else None
            if state == "ACTIVE":
                return UploadState.READY
            if state == "FAILED":
                return UploadState.FAILED
            if waited_s >= READY_S + size_bytes / READY_BYTES_PER_S:
                if said:
                    raise TransientError(f"an upload cannot be looked at: {said}", code="api_down")
                return UploadState.STUCK
            with self._transport.waiting():
                self._pause(wait_s)
            waited_s += wait_s
            wait_s = min(LONGEST_LOOK_S, wait_s * LOOK_GROWTH)

    def _upload(
        self, file: BinaryIO, mime: str, size_bytes: int, on_bytes: Callable[[int], None]
    ) -> StoredFile:
        need = {Currency.BYTES_STORED: float(size_bytes)}
        permit = self._storage.acquire(need)
        kept = 0.0
        try:
            told = self._sent(file, mime, size_bytes, on_bytes)
            kept = float(size_bytes)
        finally:
            self._storage.settle(permit, {Currency.BYTES_STORED: kept}, Feedback())
        return StoredFile(str(told["name"]), str(told["uri"]), mime, permit.permit_id)

    def _sent(
        self, file: BinaryIO, mime: str, size_bytes: int, on_bytes: Callable[[int], None]
    ) -> dict[str, Any]:
        """Sends all parts, and goes on where it was cut off; what the provider says of the file."""
        session = self._session(mime, size_bytes)
        offset, cuts = 0, 0
        while True:
            try:
                if cuts:
                    offset = self._received(session)
                response = self._part(file, session, offset, size_bytes, on_bytes)
            except TransientError:
                cuts += 1
                if cuts > CUTS_IN_A_ROW:
                    raise
                self._pause(min(LONGEST_LOOK_S, FIRST_LOOK_S * 2 ** (cuts - 1)))
                continue
            if not response.is_success:
                raise TransientError(
                    f"an upload was broken off: {self._transport.said(response)}", code="api_down"
                )
            cuts = 0
            offset = min(size_bytes, offset + PART_BYTES)
            if offset == size_bytes:
                found = self._transport.told(response).get("file")
                if isinstance(found, dict) and found.get("name") and found.get("uri"):
                    return found
                raise TransientError(
                    f"an upload ended with what is no answer: {self._transport.said(response)}",
                    code="odd_answer",
                )

    def _session(self, mime: str, size_bytes: int) -> str:
        headers = {
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": str(size_bytes),
            "X-Goog-Upload-Header-Content-Type": mime,
        }
        named = {"file": {"displayName": "video"}}
        response = self._transport.ask("POST", "upload/v1beta/files", headers=headers, json=named)
        address = response.headers.get("x-goog-upload-url")
        if response.is_success and address:
            return str(address)
        said = self._transport.said(response)
        if response.is_success or response.status_code >= 500 or response.status_code == TOO_MANY:
            raise TransientError(f"no upload can begin: {said}", code="api_down")
        raise PermanentError(
            f"no upload can begin: {said}", hint="check the provider's key", code="bad_request"
        )

    def _part(
        self,
        file: BinaryIO,
        session: str,
        offset: int,
        size_bytes: int,
        on_bytes: Callable[[int], None],
    ) -> httpx.Response:
        length = min(PART_BYTES, size_bytes - offset)
        is_last = offset + length == size_bytes
        headers = {
            "Content-Length": str(length),
            "X-Goog-Upload-Command": "upload, finalize" if is_last else "upload",
            "X-Goog-Upload-Offset": str(offset),
        }
        content = self._pieces(file, offset, length, on_bytes)
        return self._transport.ask("POST", session, headers=headers, content=content)

    def _pieces(
        self, file: BinaryIO, offset: int, length: int, on_bytes: Callable[[int], None]
    ) -> Iterator[bytes]:
        file.seek(offset)
        left = length
        while left > 0:
            piece = file.read(min(PIECE_BYTES, left))
            if not piece:
                raise PermanentError("the video got shorter while it was uploaded")
            self._take(len(piece))
            yield piece
            left -= len(piece)
            on_bytes(offset + length - left)

    def _received(self, session: str) -> int:
        """The bytes that came before the cut."""
        headers = {"X-Goog-Upload-Command": "query"}
        response = self._transport.ask("POST", session, headers=headers)
        told = response.headers.get("x-goog-upload-size-received", "")
        if not response.is_success or not told.isdecimal():
            raise TransientError("an upload that was cut cannot go on", code="api_down")
        return int(told)
