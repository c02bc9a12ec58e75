"""A check that a template and a transcriber speak the same language."""

from __future__ import annotations

from collections.abc import Collection

from videobatch.errors import SettingsError
from videobatch.pipeline.templates.definition import Template

NAMES = {"zh": "Chinese", "en": "English"}


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
            f"subtitles in {language} next to the videos"
        ),
        code="language",
    )
