"""Which sound track is listened to."""

from __future__ import annotations

from pathlib import Path

import pytest
from av.stream import Disposition

from tests.support.media import Recipe, Sound, make_media
from tests.support.outputs import manifest_of
from tests.support.pipeline import StubTranscriber, claim_of, job_of, make, make_claimed
from videobatch.media.container.probe import probe
from videobatch.media.container.tracks import is_aside
from videobatch.pipeline.words.sound_tracks import choice_remarks, tracks_to_hear
from videobatch.records import AudioSegment, AudioTrack, Probe, RemarkCode, Utterance

ANY: frozenset[str] = frozenset()
ENGLISH = frozenset({"en"})


def track(
    index: int,
    language: str | None = None,
    title: str | None = None,
    *flags: str,
    channels: int = 2,
    codec: str = "aac",
) -> AudioTrack:
    return AudioTrack(index, codec, 48_000, channels, language, title, flags)


def ordered(
    tracks: list[AudioTrack], wanted: list[str | None], understood: frozenset[str] = ANY
) -> list[int]:
    found = Probe("matroska", 9.0, 1, "ab" * 32, None, tracks[0], sounds=tuple(tracks))
    return [each.index for each in tracks_to_hear(found, wanted, understood)]


@pytest.mark.parametrize(
    ("tracks", "wanted", "understood", "first"),
    [
        ([track(1), track(2)], [], ANY, 1),
        ([track(1), track(2, None, None, "default")], [], ANY, 2),
        ([track(1), track(2, channels=6)], [], ANY, 2),
        ([track(1, None, None, "comment", "default"), track(2)], [], ANY, 2),
        ([track(1, None, "Director commentary", "default"), track(2)], [], ANY, 2),
        ([track(1, None, "导演解说"), track(2)], [], ANY, 2),
        ([track(1, None, "Audio Description"), track(2)], [], ANY, 2),
        ([track(1, None, None, "visual_impaired"), track(2)], [], ANY, 2),
        ([track(1, None, None, "karaoke"), track(2)], [], ANY, 2),
        ([track(1, None, None, "clean_effects"), track(2)], [], ANY, 2),
        ([track(1, None, "Music & Effects"), track(2)], [], ANY, 2),
        ([track(1, None, None, "hearing_impaired"), track(2)], [], ANY, 2),
        ([track(1, None, None, "dub"), track(2, None, None, "original")], [], ANY, 2),
        ([track(1, codec="unknown", channels=6), track(2)], [], ANY, 2),
        ([track(1, "deu", None, "default"), track(2, "eng")], [], ANY, 1),
        ([track(1, "deu", None, "default"), track(2, "eng")], [], ENGLISH, 2),
        ([track(1, "deu", None, "default"), track(2)], [], ENGLISH, 2),
        ([track(1, None, None, "default"), track(2, "eng")], [], ENGLISH, 2),
        ([track(1, None, None, "default"), track(2, "eng", "Commentary")], [], ENGLISH, 1),
        ([track(1, "eng", None, "default"), track(2, "chi")], [None, "zh"], ANY, 2),
        ([track(1, "eng", None, "default"), track(2, "chi")], ["en", "zh"], ANY, 1),
        ([track(1, "eng", None, "default"), track(2, "chi")], [None, "zh"], ENGLISH, 1),
        ([track(1, "en-GB"), track(2, "de", None, "default")], ["en"], ANY, 1),
        ([track(1, "eng", "Commentary"), track(2, "deu")], [], ANY, 2),
        ([track(1, "chi"), track(2, "eng", "Commentary")], [], ENGLISH, 2),
        ([track(1, "eng"), track(2, "eng", None, "default")], ["en"], ENGLISH, 2),
    ],
)
def test_the_first_to_hear(
    tracks: list[AudioTrack], wanted: list[str | None], understood: frozenset[str], first: int
) -> None:
    assert ordered(tracks, wanted, understood)[0] == first


def test_a_probe_of_an_older_version_knows_one_track() -> None:
    old = Probe("mov", 9.0, 1, "ab" * 32, None, track(3))
    assert tracks_to_hear(old, [], ANY) == [track(3)]
    assert tracks_to_hear(Probe("mov", 9.0, 1, "", None, None), [], ANY) == []


@pytest.mark.parametrize(
    "title",
    [
        "Commentary by the crew", "Kommentar", "评论音轨", "解说", "audio-description",
        "Descriptive",
        "Audiodeskription", "Karaoke", "M&E", "Music and Effects", "Isolated Score", "伴奏",
    ],
)  # fmt: skip
def test_titles_of_what_is_heard_beside_a_video(title: str) -> None:
    assert is_aside(track(1, None, title))


@pytest.mark.parametrize(
    "title", [None, "English", "Main", "Comments are off", "Stereo mix", "Lecture: music theory"]
)
def test_titles_of_a_videos_own_sound(title: str | None) -> None:
    assert not is_aside(track(1, None, title))


def said(heard: int, tracks: list[AudioTrack], understood: frozenset[str] = ANY) -> list[str]:
    chosen = next(each for each in tracks if each.index == heard)
    return [remark.message for remark in choice_remarks(chosen, tracks, understood)]


def test_what_is_said_of_the_choice() -> None:
    commentary = track(2, "eng", "Commentary")
    assert said(1, [track(1)]) == []
    assert said(1, [track(1), commentary]) == []
    described = track(3, None, None, "visual_impaired")
    (several,) = said(1, [track(1, "eng"), track(2, "deu"), described])
    assert several.startswith(
        "the sound track that was heard is stream 1 (en); the file also holds"
    )
    assert several.endswith("stream 2 (de), stream 3 (visual impaired)")
    (aside,) = said(2, [track(1, "chi"), commentary], ENGLISH)
    assert "heard is stream 2 (en, Commentary); the file also holds stream 1 (zh)" in aside
    (unknown,) = said(1, [track(1, "deu")], ENGLISH)
    assert unknown.startswith("the sound track is stream 1 (de), and the speech recognition in use")


# Of real files. The stub tells the lengths of what it hears, and so the track.

SHORT, LONG = Sound(voiced=((0.3, 0.8),)), Sound(voiced=((0.3, 1.7),))


class Listener(StubTranscriber):
    """Understands what lasts longer than a second."""

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        return super().transcribe(segment) if segment.duration_s > 1.2 else ()


def with_sounds(path: Path, first: Sound, *more: Sound) -> Path:
    return make_media(path, Recipe(sound=first, more_sounds=more))


def test_a_commentary_that_stands_first_is_not_heard(tmp_path: Path) -> None:
    commentary = Sound(
        voiced=((0.3, 0.8),),
        title="Director commentary",
        flags=Disposition.comment | Disposition.default,
    )
    path = with_sounds(tmp_path / "a.mkv", commentary, LONG)
    made = make(path, tmp_path / "out")
    assert made.result.duration_s == pytest.approx(2, abs=0.1)
    manifest = manifest_of(made.folder)
    assert manifest["sound_track"] == 2
    assert [(each["index"], each["title"]) for each in manifest["probe"]["sounds"]] == [
        (1, "Director commentary"),
        (2, None),
    ]
    assert "comment" in manifest["probe"]["sounds"][0]["flags"]
    assert made.result.remarks == ()


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts", ".mov"])
def test_the_language_that_the_recogniser_knows(tmp_path: Path, suffix: str) -> None:
    german = Sound(language="ger", flags=Disposition.default)
    path = with_sounds(tmp_path / f"a{suffix}", german, Sound(language="eng"))
    made = make(path, tmp_path / "out")
    assert manifest_of(made.folder)["sound_track"] == 2
    assert [remark.code for remark in made.result.remarks] == [RemarkCode.SOUND_TRACK]


@pytest.mark.parametrize("first", [Sound(voiced=()), SHORT], ids=["silent", "without words"])
def test_a_track_without_words_gives_way(tmp_path: Path, first: Sound) -> None:
    path = with_sounds(tmp_path / "a.mkv", first, LONG)
    made = make_claimed(claim_of(job_of(path, tmp_path / "out")), transcriber=Listener())
    manifest = manifest_of(made.folder)
    assert manifest["sound_track"] == 2
    assert made.result.words > 0
    assert [remark.message for remark in made.result.remarks] == [
        "the sound track that was heard is stream 2, because there are no words in stream 1"
    ]


def test_titles_and_languages_as_files_tell_them(tmp_path: Path) -> None:
    path = with_sounds(
        tmp_path / "a.mkv",
        Sound(title="Français", flags=Disposition.dub),
        Sound(language="zxx", title="Ambience"),
        Sound(language="und"),
    )
    sounds = probe(path, tmp_path).sounds
    assert [(each.language, each.title, each.is_wordless) for each in sounds] == [
        ("fr", "Français", False),
        (None, "Ambience", True),
        (None, None, False),
    ]
    assert sounds[0].flags == ("dub",)
