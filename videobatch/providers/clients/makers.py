"""The clients of the paid providers, by the provider's name: one entry of `MAKERS` for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from videobatch.ports import Habits, Storage, Transcriber, Uploads, VideoTranscriber, Writer
from videobatch.providers.calls.transport import Transport
from videobatch.providers.gemini.files import GeminiFiles
from videobatch.providers.gemini.model import GeminiModel
from videobatch.providers.gemini.transcriber import GeminiTranscriber
from videobatch.providers.gemini.video import GeminiVideo
from videobatch.providers.gemini.writer import GeminiWriter
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.openai.writer import OpenAIWriter
from videobatch.providers.paid_models import PaidModels


@dataclass(frozen=True, slots=True)
class Model:
    """A model at the end of a transport, with what is known of models and of its server; `clock` is
    the recogniser of this machine that tells times where a model that hears does not."""

    transport: Transport
    name: str
    models: PaidModels
    habits: Habits
    clock: Transcriber | None = None


@dataclass(frozen=True, slots=True)
class UploadTools:
    """The means to upload: the uploads that are there, the storage for them, a rate (`take` waits
    until so many bytes may be sent), and a `pause` that ends when the worker is stopping."""

    uploads: Uploads
    storage: Storage
    take: Callable[[int], None]
    pause: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Maker:
    """The clients of one provider. `language` is a BCP 47 code or None, `context_tokens` the most
    that a call to a writer holds; `video_transcriber` is None where whole videos are not taken."""

    transcriber: Callable[[Model, str | None], Transcriber]
    writer: Callable[[Model, int], Writer]
    video_transcriber: Callable[[Model, str | None, UploadTools], VideoTranscriber] | None = None


def _openai_transcriber(model: Model, language: str | None) -> Transcriber:
    return OpenAITranscriber(
        model.transport,
        model.name,
        models=model.models,
        language=language,
        habits=model.habits,
        clock=model.clock,
    )


def _openai_writer(model: Model, context_tokens: int) -> Writer:
    return OpenAIWriter(
        model.transport,
        model.name,
        models=model.models,
        context_tokens=context_tokens,
        habits=model.habits,
    )


def _gemini(model: Model) -> GeminiModel:
    return GeminiModel(model.transport, model.name, models=model.models, habits=model.habits)


def _gemini_transcriber(model: Model, language: str | None) -> Transcriber:
    return GeminiTranscriber(_gemini(model), language=language)


def _gemini_writer(model: Model, context_tokens: int) -> Writer:
    return GeminiWriter(_gemini(model), context_tokens=context_tokens)


def _gemini_video(model: Model, language: str | None, tools: UploadTools) -> VideoTranscriber:
    files = GeminiFiles(
        model.transport, tools.uploads, tools.storage, take=tools.take, pause=tools.pause
    )
    return GeminiVideo(_gemini(model), files, language=language)


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "openai": Maker(_openai_transcriber, _openai_writer),
        "gemini": Maker(_gemini_transcriber, _gemini_writer, _gemini_video),
    }
)
