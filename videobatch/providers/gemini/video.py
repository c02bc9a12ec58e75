"""A whole video, uploaded to Gemini and transcribed there in stretches."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from typing import Any, BinaryIO

from videobatch.errors import UPLOAD_GONE, TransientError, VideobatchError
from videobatch.ports import Spoken
from videobatch.providers.catalog import GEMINI_PICTURE_TOKENS_PER_S
from videobatch.providers.gemini.files import MOST_BYTES, GeminiFiles
from videobatch.providers.gemini.model import PROVIDER, GeminiModel, Part, Question
from videobatch.providers.gemini.transcriber import SCHEMA, answer_tokens, read_utterances, task
from videobatch.providers.hearing.audible import plain_words
from videobatch.providers.hearing.parts import LEAST_PART_S, hear, together
from videobatch.records import Gap, Probe, StoredFile, Utterance

log = logging.getLogger(__name__)

# The model loses count of the time in longer ones.
STRETCH_S = 600.0
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
class Stretch:
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
        """The words of the video; a stretch that is refused, or whose answer is of no use, is heard
        in halves. Raises PermanentError, TransientError and BudgetError. Safe to repeat."""
        mime = MIMES[probe.container]
        upload = _Upload(
            lambda: self._files.ensure(
                file, mime=mime, size_bytes=probe.size_bytes, content_hash=probe.content_hash
            )
        )
        stretches = list(_stretches(probe.duration_s))
        found: list[Spoken] = []
        with ThreadPoolExecutor(self._parallel, thread_name_prefix="stretch") as threads:
            futures = [
                threads.submit(copy_context().run, self._spoken, each, probe, upload)
                for each in stretches
            ]
            try:
                for stretch, future in zip(stretches, futures, strict=True):
                    found.append(future.result())
                    on_progress(stretch.end_s, probe.duration_s)
            except BaseException:
                for future in futures:
                    future.cancel()
                raise
        self._files.delete(probe.content_hash)
        return together(found)

    def _spoken(self, stretch: Stretch, probe: Probe, upload: _Upload) -> Spoken:
        by = f"{self.name} {self.model}"
        return hear(
            stretch,
            lambda part: self._hear(part, probe, upload),
            _halves,
            lambda part, why: Gap(part.start_s, part.end_s, by, why),
        )

    def _hear(self, stretch: Stretch, probe: Probe, upload: _Upload) -> list[Utterance]:
        try:
            return self._heard(stretch, probe, upload)
        except TransientError as error:
            if error.code != UPLOAD_GONE:
                raise
        # Another batch had the same upload and is done with it, or the provider threw it away.
        upload.again()
        return self._heard(stretch, probe, upload)

    def _heard(self, stretch: Stretch, probe: Probe, upload: _Upload) -> list[Utterance]:
        seconds = stretch.end_s - stretch.start_s
        question = Question(
            what=f"the transcription from {stretch.start_s:.0f} s to {stretch.end_s:.0f} s",
            system=task(self.language),
            text="Transcribe this.",
            schema=SCHEMA,
            max_tokens=answer_tokens(seconds),
            media=lambda: (_part(upload.get(), stretch),),
            digest=f"{probe.content_hash} {stretch.start_s:g} {stretch.end_s:g}",
            audio_s=seconds,
            media_tokens=math.ceil(seconds * GEMINI_PICTURE_TOKENS_PER_S),
            is_low_resolution=True,
            # Who speaks there, nobody has looked at.
            is_final=bool,
        )
        # Some models count from the beginning of the stretch, some from that of the video.
        heard = self._model.answer(
            question, lambda told: read_utterances(told, seconds, stretch.start_s)
        )
        found: list[Utterance] = []
        for said in heard:
            start_s = min(max(said.start + stretch.start_s, stretch.start_s), stretch.end_s)
            end_s = min(max(said.end + stretch.start_s, start_s), stretch.end_s)
            if text := plain_words(said.text):
                found.append(Utterance(round(start_s, 2), round(end_s, 2), text))
        return found


class _Upload:
    """The upload that all stretches share, made at the first call that is really sent, by whichever
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


def _halves(stretch: Stretch) -> tuple[Stretch, ...]:
    """The two halves, at whole seconds; none of what is too short for that."""
    if stretch.end_s - stretch.start_s < 2 * LEAST_PART_S:
        return ()
    middle_s = float(round((stretch.start_s + stretch.end_s) / 2))
    return Stretch(stretch.start_s, middle_s), Stretch(middle_s, stretch.end_s)


def _stretches(duration_s: float) -> Iterator[Stretch]:
    count = math.ceil(duration_s / STRETCH_S)
    for number in range(count):
        yield Stretch(number * STRETCH_S, min(duration_s, (number + 1) * STRETCH_S))


def _part(file: StoredFile, stretch: Stretch) -> Part:
    offsets: dict[str, Any] = {
        "startOffset": f"{stretch.start_s:g}s",
        "endOffset": f"{stretch.end_s:g}s",
    }
    return {"fileData": {"mimeType": file.mime, "fileUri": file.uri}, "videoMetadata": offsets}
