"""The language of a template's documents, and a check that a transcriber knows what it wants."""

from __future__ import annotations

from collections.abc import Collection

from videobatch.errors import SettingsError
from videobatch.languages import bcp47, primary
from videobatch.pipeline.templates.definition import Template

# Headings are in simplified characters alone.
TRADITIONAL = frozenset({"Hant", "TW", "HK", "MO"})
NAMES = {"zh": "Chinese", "en": "English"}


def wished_language(template: Template, given: str | None) -> str | None:
    """The language that was asked for, as the catalogue names it; None where there is nothing to
    choose: nothing was given, or the template is in that one alone. Raises SettingsError for one
    that it has no headings in."""
    if given is None:
        return None
    found = bcp47(given)
    known = template.languages
    wished = primary(found) if found and not _is_traditional(found) else None
    if wished is None or wished not in known:
        names = " and ".join(f"{NAMES.get(code, code)} ({code})" for code in known)
        raise SettingsError(
            f"template {template.name} has no headings in {given!r}: it has them in {names}",
            hint=f"--language {known[0]}; docs/reference/templates.md tells how to write your own",
            code="language",
        )
    return wished if len(known) > 1 else None


def _is_traditional(code: str) -> bool:
    """True for Chinese in traditional characters: a script that is named wins over the region's."""
    parts = set(code.split("-"))
    return "Hans" not in parts and bool(TRADITIONAL & parts)


def document_language(template: Template, wished: str | None, spoken: str | None) -> str:
    """The language of a document: the one that is wished for, else what is spoken, else English,
    of those that the template has headings in."""
    known = template.languages
    return next((code for code in (wished, spoken) if code in known), known[0])


def check_language(template: Template, transcriber_languages: Collection[str]) -> None:
    """Raises SettingsError if the template wants speech in a language that the transcriber does
    not recognise (no languages: it takes any). A video with subtitles in that language needs no
    transcriber: its caller need not ask."""
    wanted = template.speech_language
    if wanted is None or not transcriber_languages or wanted in transcriber_languages:
        return
    language = NAMES.get(wanted, wanted)
    known = ", ".join(NAMES.get(code, code) for code in sorted(transcriber_languages))
    raise SettingsError(
        f"template {template.name} needs {language} speech, "
        f"and the speech recognition in use understands only {known}",
        hint=(
            "use a multilingual Whisper model: `videobatch models get small`, then set "
            f"VIDEOBATCH_SPEECH__MODEL=small and VIDEOBATCH_SPEECH__LANGUAGE={wanted}; or put "
            f"subtitles in {language} next to the videos{_translated(template)}"
        ),
        code="language",
    )


def _translated(template: Template) -> str:
    """The way out that a template has which is translated."""
    if not template.translate:
        return ""
    return "; or name a language model that translates (VIDEOBATCH_API__WRITER)"
