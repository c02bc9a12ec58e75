"""The settings that shape a document, as they travel with each video's job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from videobatch.errors import SettingsError
from videobatch.pipeline.text.jumps import LinkStyle

# Documents that were made before there was a choice stay what they are.
CHINESE = "simplified"
BY_TEMPLATE = "{template}"


@dataclass(frozen=True, slots=True)
class DocumentOptions:
    """The choices of a submit for every video of its batch.

    `template_hash` is the SHA-256 of the template's file, so that no worker uses another one.
    `engine`, `model` and `language` say who recognises speech, `writer` and `writer_model` who
    writes (None: what was said is put together without a language model). `media` is what the
    provider gets: `audio` in segments, or the whole `video`. Stills are at most
    `max_frames`, at least `min_gap_s` apart and `max_width` pixels wide. With `slides` their text
    is read, of at most `max_slides` of them and for `slides_cpu_s` of CPU time. `chinese` are the
    characters that whisper writes it in. `document_language` is that of the document (None: that of
    the template, or what is spoken), and `name_pattern` names its file. `links` is the form of the
    times in it; with `page` it is a page, too, with the video beside it.
    """

    # A newer version's option would shape the document, so it is not passed over.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    template_hash: str
    engine: str = "pocketsphinx"
    model: str = "en-us"
    language: str | None = None
    max_frames: int = 40
    min_gap_s: float = 5.0
    max_width: int = 960
    writer: str | None = None
    writer_model: str | None = None
    media: str = "audio"
    slides: bool = False
    max_slides: int = 60
    slides_cpu_s: float = 60.0
    chinese: str = CHINESE
    document_language: str | None = None
    name_pattern: str = BY_TEMPLATE
    links: LinkStyle = LinkStyle.RELATIVE
    page: bool = True

    def as_settings(self) -> dict[str, Any]:
        """The values for `VideoJob.settings`."""
        values = asdict(self)
        if self.writer is None:
            # Documents that were made before there were writers stay what they are.
            del values["writer"], values["writer_model"]
        if self.media == "audio":
            del values["media"]
        if not self.slides:
            del values["slides"], values["max_slides"], values["slides_cpu_s"]
        if self.chinese == CHINESE:
            del values["chinese"]
        if self.document_language is None:
            del values["document_language"]
        if self.name_pattern == BY_TEMPLATE:
            del values["name_pattern"]
        if self.links is LinkStyle.RELATIVE:
            del values["links"]
        if self.page:
            del values["page"]
        return values

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> DocumentOptions:
        """Reads what `as_settings` gave. Raises SettingsError for a job of another version."""
        try:
            return _ADAPTER.validate_python(dict(settings))
        except ValidationError as error:
            raise SettingsError(
                f"the job was submitted by another version: {error.errors()[0]['msg']}",
                hint="submit the folder again",
            ) from error


_ADAPTER = TypeAdapter(DocumentOptions)
