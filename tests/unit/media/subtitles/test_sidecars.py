"""Whose a subtitle file is, in which language and of which kind, by its name."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from videobatch.languages import bcp47, languages_of
from videobatch.media.subtitles.naming import Mark, label_of
from videobatch.media.subtitles.sidecars import find_sidecars, listing


def found_for(
    folder: Path, video: str, names: list[str], *wanted: str, beside: tuple[str, ...] = ()
) -> list[str]:
    """The names of the video's subtitle files, the one to be taken first."""
    for name in (video, *names, *beside):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    return [each.name for each in find_sidecars(folder / video, folder, wanted)]


@pytest.mark.parametrize(
    ("rest", "languages", "marks"),
    [
        ("", (), set()),
        (".en", ("en",), set()),
        (".eng", ("en",), set()),
        (".english", ("en",), set()),
        (".chs", ("zh-Hans",), set()),
        (".sc", ("zh-Hans",), set()),
        (".gb", ("zh-Hans",), set()),
        (".简体", ("zh-Hans",), set()),
        (".简体中文", ("zh-Hans",), set()),
        (".cht", ("zh-Hant",), set()),
        (".tc", ("zh-Hant",), set()),
        (".big5", ("zh-Hant",), set()),
        (".繁體", ("zh-Hant",), set()),
        (".中文", ("zh",), set()),
        (".zh-hans", ("zh-Hans",), set()),
        (".zh_tw", ("zh-TW",), set()),
        (".zh-hant-hk", ("zh-Hant-HK",), set()),
        (".cmn", ("zh",), set()),
        (".yue", ("yue",), set()),
        (".pt-br", ("pt-BR",), set()),
        (".es-419", ("es-419",), set()),
        (".chs&eng", ("zh-Hans", "en"), set()),
        (".chs-eng", ("zh-Hans", "en"), set()),
        (".中英", ("zh", "en"), set()),
        (".zh-en", ("zh", "en"), set()),
        (".chinese (simplified)", ("zh-Hans",), set()),
        (".en.sdh", ("en",), {Mark.HEARING}),
        (".en.cc", ("en",), {Mark.HEARING}),
        (".en.hi", ("en",), {Mark.HEARING}),
        (".hi", ("hi",), set()),
        (".hi.sdh", ("hi",), {Mark.HEARING}),
        (".en.forced", ("en",), {Mark.FORCED}),
        (".forced.en", ("en",), {Mark.FORCED}),
        (".en.forced.default", ("en",), {Mark.FORCED}),
        (".en-orig", ("en",), {Mark.ORIGINAL}),
        (".en-us.auto", ("en-US",), {Mark.AUTO}),
        (".en.auto-generated", ("en",), {Mark.AUTO}),
        (".en.default", ("en",), set()),
        (".transcript", (), set()),
        (".en.commentary", ("en",), {Mark.COMMENTARY}),
        (".en.somegroup", ("en",), {Mark.LOOSE}),
        ("_en", ("en",), set()),
        ("_zh-cn", ("zh-CN",), set()),
        ("-en-us", ("en-US",), set()),
        (" [english]", ("en",), set()),
        (" - english", ("en",), set()),
        (" (1)", (), {Mark.COPY}),
    ],
)
def test_what_a_name_says(rest: str, languages: tuple[str, ...], marks: set[Mark]) -> None:
    said = label_of(rest)
    assert said is not None
    assert (said.languages, set(said.marks)) == (languages, marks)


@pytest.mark.parametrize(
    "rest",
    [" 2", "2", "ing", ".notes", ".old", ".mkv", ".mkv.en", ".part2", " is it", "-is", ".2", ".txt",
     " part 2", "_final2", ".en.2"],
)  # fmt: skip
def test_what_makes_it_another_files_name(rest: str) -> None:
    assert label_of(rest) is None


def test_the_wanted_language_comes_first(tmp_path: Path) -> None:
    names = ["talk.srt", "talk.en.srt", "talk.cht.srt", "talk.chs.srt", "talk.中英.ass",
             "talk.zh.forced.srt", "talk.zh.commentary.srt", "talk.chs.auto.vtt"]  # fmt: skip
    found = found_for(tmp_path, "talk.mp4", names, "zh")
    assert found == [
        "talk.chs.srt", "talk.chs.auto.vtt", "talk.cht.srt", "talk.中英.ass", "talk.srt",
        "talk.en.srt", "talk.zh.forced.srt", "talk.zh.commentary.srt",
    ]  # fmt: skip
    assert found_for(tmp_path, "talk.mp4", names, "en")[0] == "talk.en.srt"
    assert found_for(tmp_path, "talk.mp4", names, "zh-Hant")[0] == "talk.cht.srt"
    assert found_for(tmp_path, "talk.mp4", names)[0] == "talk.srt"


def test_what_meeting_recorders_and_downloads_leave_out(tmp_path: Path) -> None:
    zoom = "GMT20240101-100000_Recording"
    found = found_for(
        tmp_path,
        f"{zoom}_1920x1080.mp4",
        [f"{zoom}.transcript.vtt", f"{zoom}.cc.vtt"],
        beside=(f"{zoom}.m4a", f"{zoom}_gallery_1920x1080.mp4"),
    )
    assert found == [f"{zoom}.transcript.vtt", f"{zoom}.cc.vtt"]
    gallery = find_sidecars(tmp_path / f"{zoom}_gallery_1920x1080.mp4", tmp_path)
    assert [each.name for each in gallery] == found
    teams = "Weekly-20240101_100000-Meeting"
    names = [f"{teams} Recording-en-US.vtt", f"{teams} Transcript.vtt"]
    assert sorted(found_for(tmp_path, f"{teams} Recording.mp4", names)) == sorted(names)
    assert found_for(tmp_path, "film.1080p.x264.mkv", ["film.en.srt"]) == ["film.en.srt"]


def test_a_file_belongs_to_the_longest_name_that_it_begins_with(tmp_path: Path) -> None:
    videos = ("talk.mp4", "talk.en.mp4", "talk (1).mp4")
    names = ["talk.en.srt", "talk (1).srt", "talk.srt", "talk.de.srt"]
    assert found_for(tmp_path, "talk.mp4", names, beside=videos) == ["talk.srt", "talk.de.srt"]
    assert found_for(tmp_path, "talk.en.mp4", names) == ["talk.en.srt"]
    assert found_for(tmp_path, "talk (1).mp4", names) == ["talk (1).srt"]


def test_folders_of_subtitles(tmp_path: Path) -> None:
    names = ["Subs/talk.en.srt", "Subs/talk/2_Chinese.srt", "Subs/3_German.srt", "talk/fr.vtt",
             "Subs/other.srt", "notes/talk.srt"]  # fmt: skip
    alone = found_for(tmp_path, "talk.mp4", names, "zh")
    assert alone[0] == "Subs/talk/2_Chinese.srt"
    assert sorted(alone) == sorted(names[:4])
    among = found_for(tmp_path, "talk.mp4", names, beside=("other.mp4",))
    assert sorted(among) == ["Subs/talk.en.srt", "Subs/talk/2_Chinese.srt", "talk/fr.vtt"]


def test_case_and_accents_are_of_the_file_system(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Vidéo") for form in ("NFC", "NFD"))
    assert found_for(tmp_path, f"{composed}.mp4", [f"{apart}.EN.SRT"]) == [f"{apart}.EN.SRT"]


def test_a_folder_is_listed_once(tmp_path: Path) -> None:
    found_for(tmp_path, "talk.mp4", ["talk.en.srt"])
    known = listing(tmp_path)
    (tmp_path / "talk.de.srt").write_text("x")
    found = find_sidecars(tmp_path / "talk.mp4", tmp_path, known=known)
    assert [each.name for each in found] == ["talk.en.srt"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("chi", "zh"), ("zh_hans", "zh-Hans"), ("ENG", "en"), ("pt-br", "pt-BR"), ("und", None)],
)
def test_codes_of_containers(code: str, expected: str | None) -> None:
    assert bcp47(code) == expected


def test_words_that_are_no_language() -> None:
    assert languages_of("notes") == ()
    assert languages_of("1080p") == ()
