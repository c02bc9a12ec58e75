"""The wish of a submit: the document that each of its videos is turned into, and the check that
this can be done."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videobatch.errors import SettingsError
from videobatch.pipeline.options import BY_TEMPLATE, CHINESE, DocumentOptions
from videobatch.pipeline.templates import (
    Template,
    check_params,
    find_named,
    load_templates,
    wished_language,
)
from videobatch.pipeline.text.jumps import LinkStyle
from videobatch.providers.roles import Role
from videobatch.speech.engines import (
    AUTO,
    WHISPER,
    Engine,
    SpeechOptions,
    choose_engine,
    make_transcriber,
)
from videobatch.speech.models.catalogue import DEFAULT
from videobatch.submission.names import check_pattern


@dataclass(frozen=True, slots=True)
class Wish:
    """The document that every video of a submit is turned into: the template, its parameters, and
    the settings that shape it."""

    template: str
    template_hash: str
    params: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """Equal for equal wishes, in every process and order; 16 hexadecimal digits.

        Raises TypeError for a value that has no lasting text, such as an object's address.
        """
        parts = [self.template, self.template_hash, self.params, self.settings]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=_lasting)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _lasting(value: object) -> object:
    """The same in every process, of what JSON does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a fingerprint")


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices that a template leaves open; by default speech is recognised here, for nothing,
    and no language model writes.

    `templates_dir` holds templates of one's own. `hears` and `writes` are asked to do the one or
    the other (None: nobody is); without `hears` the `engine` recognises speech with the `model`:
    whisper, pocketsphinx, or `auto`, which is whisper where this machine has the model (`speech`
    says where it would be). `language` is what is spoken, `document_language` what the documents
    are to be in, as BCP 47 has it. `name_pattern` is checked by `check_pattern`. The rest stands
    in `DocumentOptions`.
    """

    templates_dir: Path | None = None
    engine: str = AUTO
    model: str = DEFAULT
    speech: SpeechOptions = field(default_factory=SpeechOptions)
    language: str | None = None
    max_frames: int = 40
    min_gap_s: float = 5.0
    max_width: int = 960
    media: str = "audio"
    slides: bool = False
    max_slides: int = 60
    slides_cpu_s: float = 60.0
    name_pattern: str = BY_TEMPLATE
    links: LinkStyle = LinkStyle.RELATIVE
    page: bool = True
    hears: Role | None = None
    writes: Role | None = None
    document_language: str | None = None


OFFLINE = Choices()


@dataclass(frozen=True, slots=True)
class CheckedWish:
    """A wish that can be fulfilled, with its template, the languages that the recogniser knows
    (none: any), what shapes its documents, who is asked to hear and to write (None: nobody), and
    the engine of the workers that hears otherwise."""

    wish: Wish
    template: Template
    languages: frozenset[str]
    options: DocumentOptions
    hears: Role | None = None
    writes: Role | None = None
    engine: Engine | None = None

    @property
    def provider(self) -> str:
        """The provider whose batch it is, by name; `offline` where none is asked."""
        asked = [role.provider.name for role in (self.hears, self.writes) if role is not None]
        return asked[0] if asked else "offline"

    @property
    def hears_here(self) -> bool:
        """True where speech is recognised by the workers themselves, which takes memory there."""
        return self.hears is None

    @property
    def translates(self) -> bool:
        """True where a language model translates what is said in another language."""
        return self.template.translate and self.writes is not None

    @property
    def may_cost(self) -> bool:
        """True where a provider is asked, so that somebody may have to pay."""
        return self.hears is not None or self.writes is not None


def about_engine(wish: CheckedWish) -> Iterator[str]:
    """A sentence for a person where a better engine was looked for and is not here."""
    engine = wish.engine
    if engine is not None and engine.better:
        yield (
            f"speech is heard by {engine.name}, in English alone and roughly: {engine.why}; "
            f"{engine.better}"
        )


def find_template(name: str, folder: Path | None = None) -> Template:
    """The template of that name, of the user's `folder` or built in. Raises SettingsError."""
    folders = [folder] if folder else []
    template = find_named(name, folders)
    if template is None:
        known = ", ".join(sorted(load_templates(folders)))
        raise SettingsError(
            f"there is no template {name!r}",
            hint=f"there are: {known}; docs/reference/templates.md tells how to write your own",
        )
    return template


def make_wish(
    template: str, params: Mapping[str, object] | None = None, choices: Choices = OFFLINE
) -> CheckedWish:
    """The wish for the template of that name, checked. Raises SettingsError."""
    found = find_template(template, choices.templates_dir)
    texts = {name: str(value) for name, value in (params or {}).items()}
    return check_wish(found, check_params(found, texts), choices)


def has_writing(template: Template) -> bool:
    """True where a language model has something to write for the template."""
    return bool(template.prompt.strip())


def check_wish(
    template: Template, params: Mapping[str, Any], choices: Choices = OFFLINE
) -> CheckedWish:
    """The wish, checked; `params` are what `check_params` gave. Nobody writes where the template
    has nothing to be written, or nobody said which model does. Raises SettingsError for a
    recogniser that is not there, for a key that is missing, for a language that the template has no
    headings in, and for a pattern that names no file."""
    check_pattern(choices.name_pattern)
    hears, writes = choices.hears, choices.writes
    if writes is not None and (writes.model is None or not has_writing(template)):
        writes = None
    document_language = wished_language(template, choices.document_language)
    name, model, languages, engine = _recogniser(choices)
    for role in (hears, writes):
        if role is not None:
            role.check_key()
    options = DocumentOptions(
        template_hash=template.content_hash,
        engine=name,
        model=model,
        language=choices.language,
        max_frames=choices.max_frames,
        min_gap_s=choices.min_gap_s,
        max_width=choices.max_width,
        writer=None if writes is None else writes.provider.name,
        writer_model=None if writes is None else writes.model,
        # Nobody else is told, so that nobody else's documents are other ones for it.
        chinese=choices.speech.chinese if name == WHISPER else CHINESE,
        media=choices.media if hears is not None and hears.provider.takes_video else "audio",
        slides=choices.slides,
        max_slides=choices.max_slides,
        slides_cpu_s=choices.slides_cpu_s,
        document_language=document_language,
        name_pattern=choices.name_pattern,
        links=choices.links,
        page=choices.page,
    )
    wish = Wish(template.name, template.content_hash, params, options.as_settings())
    return CheckedWish(wish, template, languages, options, hears, writes, engine)


def _recogniser(choices: Choices) -> tuple[str, str, frozenset[str], Engine | None]:
    """The name of who hears, the model, the languages that it knows, and the engine where nobody
    is asked. Raises SettingsError."""
    hears = choices.hears
    if hears is not None:
        return hears.provider.name, hears.model or hears.provider.speech_model, frozenset(), None
    engine = choose_engine(choices.engine, choices.model, choices.speech)
    made = make_transcriber(
        engine.name, model=engine.model, language=choices.language, options=choices.speech
    )
    return engine.name, engine.model, made.languages, engine
