"""A whole video, uploaded to Gemini and transcribed there in windows."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from typing import Any, BinaryIO

from videobatch.errors import UPLOAD_GONE, TransientError, VideobatchError
from videobatch.ports import Spoken
from videobatch.providers.gemini.files import MOST_BYTES, GeminiFiles
from videobatch.providers.gemini.model import PROVIDER, GeminiModel, Part, Question
from videobatch.providers.gemini.transcriber import SCHEMA, answer_tokens, read_heard, task
from videobatch.providers.hearing.audible import plain_words
from videobatch.providers.hearing.parts import LEAST_PART_S, hear, together
from videobatch.records import Gap, Probe, StoredFile, Utterance

log = logging.getLogger(__name__)

# https://ai.google.dev/gemini-api/docs/video-understanding: a second at low resolution is about
# 100 tokens, 32 of them sound. Longer windows lose count of the time.
PICTURE_TOKENS_PER_S = 68
WINDOW_S = 600.0
# By the name that FFmpeg has for the container.
MIMES: Mapping[str, str] = MappingProxyType(
    {
        "mov": "video/mp4",
        "matroska": "video/webm",
        "avi": "video/avi",
        "mpegts": "video/mpeg",
        "mpeg": "video/mpeg",
        "asf": "video/wmv",
        "flv": "video/x-flv",
    }
)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the video, in seconds."""

    start_s: float
    end_s: float


class GeminiVideo:
    """Satisfies `ports.VideoTranscriber`. What was answered before is not uploaded for again."""

    name = PROVIDER

    def __init__(
        self,
        model: GeminiModel,
        files: GeminiFiles,
        *,
        language: str | None = None,
        parallel: int = 4,
    ) -> None:
        self.model = model.model
        self.language = language
        self._model = model
        self._files = files
        self._parallel = parallel

    def takes(self, probe: Probe) -> bool:
        """Videos with pictures and sound, of a known length and container, of 2 GB at most."""
        return (
            probe.video is not None
            and probe.audio is not None
            and probe.container in MIMES
            and probe.duration_s > 0
            and probe.size_bytes <= MOST_BYTES
        )

    def transcribe_video(
        self, file: BinaryIO, probe: Probe, on_progress: Callable[[float, float], None]
    ) -> Spoken:
        """What was said; a window that is refused, or whose answer is of no use, is heard in
        halves. Raises PermanentError, TransientError and BudgetError. Safe to repeat."""
        mime = MIMES[probe.container]
        upload = _Upload(
            lambda: self._files.ensure(
                file, mime=mime, size_bytes=probe.size_bytes, content_hash=probe.content_hash
            )
        )
        windows = list(_windows(probe.duration_s))
        found: list[Spoken] = []
        with ThreadPoolExecutor(self._parallel, thread_name_prefix="window") as threads:
            futures = [threads.submit(self._spoken, w, probe, upload) for w in windows]
            try:
                for window, future in zip(windows, futures, strict=True):
                    found.append(future.result())
                    on_progress(window.end_s, probe.duration_s)
            except BaseException:
                for future in futures:
                    future.cancel()
                raise
        self._files.delete(probe.content_hash)
        return together(found)

    def _spoken(self, window: Window, probe: Probe, upload: _Upload) -> Spoken:
        by = f"{self.name} {self.model}"
        return hear(
            window,
            lambda part: self._hear(part, probe, upload),
            _halves,
            lambda part, why: Gap(part.start_s, part.end_s, by, why),
        )

    def _hear(self, window: Window, probe: Probe, upload: _Upload) -> list[Utterance]:
        try:
            return self._heard(window, probe, upload)
        except TransientError as error:
            if error.code != UPLOAD_GONE:
                raise
        # Another batch had the same upload and is done with it, or the provider threw it away.
        upload.again()
        return self._heard(window, probe, upload)

    def _heard(self, window: Window, probe: Probe, upload: _Upload) -> list[Utterance]:
        seconds = window.end_s - window.start_s
        question = Question(
            what=f"the transcription from {window.start_s:.0f} s to {window.end_s:.0f} s",
            system=task(self.language),
            text="Transcribe this.",
            schema=SCHEMA,
            max_tokens=answer_tokens(seconds),
            media=lambda: (_part(upload.get(), window),),
            digest=f"{probe.content_hash} {window.start_s:g} {window.end_s:g}",
            audio_s=seconds,
            media_tokens=math.ceil(seconds * PICTURE_TOKENS_PER_S),
            is_low_resolution=True,
            # Who speaks there, nobody has looked at.
            is_final=bool,
        )
        # Some models count from the beginning of the window, some from that of the video.
        heard = self._model.answer(question, lambda told: read_heard(told, seconds, window.start_s))
        found: list[Utterance] = []
        for said in heard:
            start_s = min(max(said.start + window.start_s, window.start_s), window.end_s)
            end_s = min(max(said.end + window.start_s, start_s), window.end_s)
            if text := plain_words(said.text):
                found.append(Utterance(round(start_s, 2), round(end_s, 2), text))
        return found


class _Upload:
    """The upload that all windows share, made at the first call that is really sent, by whichever
    thread sends it. One that came to nothing is not tried again by the others."""

    def __init__(self, ensure: Callable[[], StoredFile]) -> None:
        self._ensure = ensure
        self._made: StoredFile | None = None
        self._error: VideobatchError | None = None
        self._lock = Lock()

    def get(self) -> StoredFile:
        """The file. Raises what `GeminiFiles.ensure` raises."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._made is None:
                try:
                    self._made = self._ensure()
                except VideobatchError as error:
                    self._error = error
                    raise
            return self._made

    def again(self) -> None:
        """It is looked at again before its next use, and made again where it is gone."""
        with self._lock:
            self._made = None


def _halves(window: Window) -> tuple[Window, ...]:
    """The two halves, at whole seconds; none of what is too short for that."""
    if window.end_s - window.start_s < 2 * LEAST_PART_S:
        return ()
    middle_s = float(round((window.start_s + window.end_s) / 2))
    return Window(window.start_s, middle_s), Window(middle_s, window.end_s)


def _windows(duration_s: float) -> Iterator[Window]:
    count = math.ceil(duration_s / WINDOW_S)
    for number in range(count):
        yield Window(number * WINDOW_S, min(duration_s, (number + 1) * WINDOW_S))


def _part(file: StoredFile, window: Window) -> Part:
    offsets: dict[str, Any] = {
        "startOffset": f"{window.start_s:g}s",
        "endOffset": f"{window.end_s:g}s",
    }
    return {"fileData": {"mimeType": file.mime, "fileUri": file.uri}, "videoMetadata": offsets}
