"""The speech of the inputs, before anything starts: the subtitles that tell it, and whether anybody
could hear it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from videobatch.errors import SettingsError, VideobatchError
from videobatch.media.subtitles.sidecars import Listing, Sidecar, find_sidecars, listing
from videobatch.pipeline.templates import check_language
from videobatch.pipeline.templates.language import NAMES
from videobatch.submission.inputs import InputFile
from videobatch.submission.wish import CheckedWish

if TYPE_CHECKING:
    from videobatch.pipeline.words.subtitle_choice import SubtitleChoice
    from videobatch.records import Probe

# What opens videos and reads subtitles is loaded where one has to be opened: most submits do not.


class Sidecars:
    """Subtitle files beside videos; each folder is listed once, by whoever asks first."""

    def __init__(self) -> None:
        self._listings: dict[Path, Listing] = {}

    def near(self, file: InputFile) -> Listing:
        """The names in the video's folder."""
        folder = file.path.parent
        if folder not in self._listings:
            self._listings[folder] = listing(folder)
        return self._listings[folder]

    def of(self, file: InputFile) -> tuple[Sidecar, ...]:
        """The subtitle files of the video; any of them may come into its document."""
        return find_sidecars(file.path, file.root, known=self.near(file))


def subtitles_of(
    file: InputFile, probe: Probe, wish: CheckedWish, sidecars: Sidecars
) -> SubtitleChoice:
    """The subtitles of the file, as the stage that transcribes will choose them. Raises
    VideobatchError where the file cannot be read."""
    from videobatch.pipeline.words.subtitle_choice import choose_subtitles, subtitle_wish

    wanted = subtitle_wish(
        wish.template.speech_language,
        wish.options.language,
        probe,
        lambda: wish.languages,
        is_told=False,
    )
    return choose_subtitles(file.path, file.root, probe, wanted, sidecars.near(file))


def check_speech(
    wish: CheckedWish, files: Sequence[InputFile], sidecars: Sidecars
) -> tuple[InputFile, ...]:
    """The inputs, those marked as failed that the recogniser cannot serve.

    Where a language model translates, it serves any. Else, where the recogniser does not speak the
    template's language, a video needs subtitles in it, and where it does, those beside a video are
    not to be in another one. Raises SettingsError if none is served: then the whole wish makes no
    sense.
    """
    if wish.translates:
        return tuple(files)
    try:
        check_language(wish.template, wish.languages)
    except SettingsError as error:
        marked = tuple(_marked(each, wish, error, sidecars) for each in files)
        if not any(each.error is None for each in marked):
            _refuse(error, marked)
        return marked
    if wish.template.speech_language is None:
        return tuple(files)
    return _without_foreign(wish, files, sidecars)


def _without_foreign(
    wish: CheckedWish, files: Sequence[InputFile], sidecars: Sidecars
) -> tuple[InputFile, ...]:
    """The inputs, those marked as failed whose words would be from subtitles in another language
    than the template's: nobody translates them, and the sound would not be heard."""
    marked = tuple(
        each
        if each.error or not sidecars.of(each)
        else _marked(each, wish, _foreign(wish), sidecars, is_heard=True)
        for each in files
    )
    if not any(each.error is None for each in marked):
        _refuse(_foreign(wish), marked)
    return marked


def _foreign(wish: CheckedWish) -> SettingsError:
    wanted = wish.template.speech_language or ""
    language = NAMES.get(wanted, wanted)
    return SettingsError(
        f"template {wish.template.name} needs {language}, and the subtitles beside the video are "
        "in another language",
        hint=(
            "name a language model that translates (VIDEOBATCH_API__WRITER, "
            "docs/reference/providers.md), or move the subtitles away, so that the sound is heard"
        ),
        code="language",
    )


def _refuse(error: SettingsError, marked: Sequence[InputFile]) -> NoReturn:
    """Says why all of them fail, with the reason of the first whose subtitles do not serve."""
    own = [
        each.error for each in marked if each.error is not None and each.error.code == error.code
    ]
    told = max((each.message for each in own), key=len, default=error.message)
    raise SettingsError(told, hint=error.hint, code=error.code) from error


def _marked(
    file: InputFile,
    wish: CheckedWish,
    error: SettingsError,
    sidecars: Sidecars,
    *,
    is_heard: bool = False,
) -> InputFile:
    """The input, failed where it has no subtitles in the template's language (and its sound would
    not be heard, which it can be where that `is_heard`); says why those that are there do not
    serve."""
    if file.error is not None:
        return file
    from videobatch.media.container.probe import glance

    try:
        subtitles = subtitles_of(file, glance(file.path, file.root), wish, sidecars)
    except VideobatchError:  # It cannot be opened: it will fail with its own reason.
        return file
    if _is_served(subtitles, wish.template.speech_language or ""):
        return file
    if is_heard and subtitles.transcript is None:
        return file
    reasons = [remark.message for remark in subtitles.remarks]
    record = error.record()
    return replace(file, error=replace(record, message="; ".join([record.message, *reasons])))


def _is_served(subtitles: SubtitleChoice, language: str) -> bool:
    """True for subtitles of that language, or of none that is told and that might be it."""
    from videobatch.pipeline.words.candidates import may_be_of_language

    transcript = subtitles.transcript
    return transcript is not None and may_be_of_language(transcript, language)
